import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { AgentName } from '../../../../protocol/names.ts';
import type { OpInput } from '../../../../protocol/op.ts';
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

/** An operation that changes something, and what the page shows that it touches: asked for again afterwards. */
export function useChange<K extends OperationName>(name: K, touches: readonly Affected[]) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: OpInput<(typeof operatorSurface)[K]>) => callHive(name, input),
    onSettled: async () => {
      await Promise.all(touches.map((touched) => queries.invalidateQueries({ queryKey: [touched] })));
    },
  });
}

/** Sends as the operator. Each attempt carries one key, so that a repeated one is still one message. */
export const useSend = () => useChange('send', ['messages', 'threads', 'agents', 'questions']);
export const useMarkRead = () => useChange('markRead', ['inbox', 'threads']);
export const useSetThread = () => useChange('setThread', ['threads', 'questions']);
export const useAnswerQuestion = () => useChange('answerQuestion', ['questions', 'threads', 'inbox']);
export const useRequeue = () => useChange('requeue', ['dead', 'agents', 'messages', 'threads']);
export const useDrop = () => useChange('drop', ['dead', 'agents', 'messages', 'threads']);
export const useSetTopic = () => useChange('setTopic', ['topics']);
export const useRemind = () => useChange('remind', ['reminders']);
export const useChangeReminder = () => useChange('changeReminder', ['reminders']);
export const useCancelReminder = () => useChange('cancelReminder', ['reminders']);
export const useCreateSchedule = () => useChange('createSchedule', ['reminders']);
export const useChangeSchedule = () => useChange('changeSchedule', ['reminders']);
export const useCancelSchedule = () => useChange('cancelSchedule', ['reminders']);
export const useSetQuiet = () => useChange('setQuiet', ['agents']);
