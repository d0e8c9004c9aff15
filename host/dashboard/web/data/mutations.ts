import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { AgentName } from '../../../../protocol/names.ts';
import type { OpInput, OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import type { Affected } from './affected-by.ts';
import { callHive } from './api.ts';
import type { OperationName } from './operations.ts';

/** The longest message, as protocol/schemas/message.ts has it (that file brings zod along); a test keeps them equal. */
export const PAGE_MAX_BODY_BYTES = 64 * 1024;
/** Attachments of one message, likewise. */
export const PAGE_MAX_ATTACHMENTS = 10;

/** What the page can do to an agent; `interrupt` is about its turn, the others about its box. */
export type PageAction = 'start' | 'stop' | 'restart' | 'rebuild' | 'interrupt';

const OPERATION_OF = {
  start: 'startAgent',
  stop: 'stopAgent',
  restart: 'restartAgent',
  rebuild: 'rebuildAgent',
  interrupt: 'interruptAgent',
} as const satisfies Record<PageAction, string>;

const SAID = {
  start: 'is starting',
  stop: 'is being stopped',
  restart: 'is restarting',
  rebuild: 'is being rebuilt',
  interrupt: 'was interrupted; its messages are put back',
} as const satisfies Record<PageAction, string>;

/** Does something to an agent. Failures are told by the query client, once, for all. */
export function useAgentAction(name: AgentName) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (action: PageAction) => callHive(OPERATION_OF[action], { name }),
    onSuccess: (_, action) => notifications.show({ message: `${name} ${SAID[action]}.` }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['agents'] }),
  });
}

type Input<K extends OperationName> = OpInput<(typeof operatorSurface)[K]>;
type Done<K extends OperationName> = (output: OpOutput<(typeof operatorSurface)[K]>, input: Input<K>) => void;

/**
 * An operation that changes something, and what the page shows that it touches: asked for again afterwards.
 * `onDone` is called even when what asked for it has left the page since, as an answered question does.
 */
export function useChange<K extends OperationName>(name: K, touches: readonly Affected[], onDone?: Done<K>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input<K>) => callHive(name, input),
    onSuccess: (output, input) => onDone?.(output, input),
    onSettled: async () => {
      await Promise.all(touches.map((touched) => queries.invalidateQueries({ queryKey: [touched] })));
    },
  });
}

/** Sends as the operator. Each attempt carries one key, so that a repeated one is still one message. */
export const useSend = (onDone?: Done<'send'>) =>
  useChange('send', ['messages', 'threads', 'agents', 'questions'], onDone);
export const useMarkRead = () => useChange('markRead', ['inbox', 'threads']);
export const useSetThread = () => useChange('setThread', ['threads', 'questions']);
export const useAnswerQuestion = (onDone?: Done<'answerQuestion'>) =>
  useChange('answerQuestion', ['questions', 'threads', 'inbox'], onDone);
export const useRequeue = (onDone?: Done<'requeue'>) =>
  useChange('requeue', ['dead', 'agents', 'messages', 'threads'], onDone);
export const useDrop = (onDone?: Done<'drop'>) => useChange('drop', ['dead', 'agents', 'messages', 'threads'], onDone);
export const useSetTopic = () => useChange('setTopic', ['topics']);
export const useRemind = () => useChange('createReminder', ['reminders']);
export const useChangeReminder = () => useChange('changeReminder', ['reminders']);
export const useCancelReminder = (onDone?: Done<'cancelReminder'>) =>
  useChange('cancelReminder', ['reminders'], onDone);
export const useCreateSchedule = () => useChange('createSchedule', ['reminders']);
export const useChangeSchedule = () => useChange('changeSchedule', ['reminders']);
export const useCancelSchedule = (onDone?: Done<'cancelSchedule'>) =>
  useChange('cancelSchedule', ['reminders'], onDone);
export const useSetQuiet = () => useChange('setQuiet', ['agents']);
