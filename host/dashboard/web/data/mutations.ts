import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { AgentName } from '../../../../protocol/names.ts';
import type { OpInput, OpOutput } from '../../../../protocol/op.ts';
import type { Affected } from './affected-by.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { callHive, type OperationName } from './api.ts';
import { TOLD_IN_FORM } from './query-client.ts';
import type { ActionRow } from './page-actions.ts';

/** The longest message, as protocol/schemas/message.ts has it (that file brings zod along); a test keeps them equal. */
export const PAGE_MAX_BODY_BYTES = 64 * 1024;
/** Attachments of one message, likewise. */
export const PAGE_MAX_ATTACHMENTS = 10;

/** Does something to an agent. Failures are told by the query client, once, for all. */
export function useAgentAction(name: AgentName) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ row, purge = false }: { row: ActionRow; purge?: boolean }): Promise<unknown> =>
      row.operation === 'destroyAgent'
        ? callHive('destroyAgent', purge ? { name, purge: name } : { name })
        : callHive(row.operation, { name }),
    onSuccess: (_, { row }) => notifications.show({ message: `${name} ${row.said}.` }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['agents'] }),
  });
}

type Input<K extends OperationName> = OpInput<BrowserOperations[K]>;
type Done<K extends OperationName> = (output: OpOutput<BrowserOperations[K]>, input: Input<K>) => void;

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

/** The same for a form, which tells what is against it beside its fields: no notice elsewhere, and no value kept afterwards. */
export function useFormChange<K extends OperationName>(name: K, touches: readonly Affected[]) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input<K>) => callHive(name, input),
    meta: TOLD_IN_FORM,
    gcTime: 0,
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
