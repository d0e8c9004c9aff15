import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AgentName } from '../../../../protocol/names.ts';
import type { OpInput, OpOutput } from '../../../../protocol/op.ts';
import type { Affected } from './affected-by.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { callHive, type OperationName } from './api.ts';
import { SHOWN_IN_FORM } from './query-client.ts';
import type { ActionRow } from './page-actions.ts';

/** The longest message, copied from protocol/schemas/message.ts, which would pull zod into the page; a test keeps them equal. */
export const PAGE_MAX_BODY_BYTES = 64 * 1024;
/** The most attachments of one message, copied likewise. */
export const PAGE_MAX_ATTACHMENTS = 10;

/** Performs an action on an agent. The query client shows failures of all mutations. */
export function useAgentAction(name: AgentName) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ row, purge = false }: { row: ActionRow; purge?: boolean }): Promise<unknown> =>
      row.operation === 'destroyAgent'
        ? callHive('destroyAgent', purge ? { name, purge: name } : { name })
        : callHive(row.operation, { name }),
    onSuccess: (_, { row }) => notifications.show({ message: `${name} ${row.doneText}.` }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['agents'] }),
  });
}

type Input<K extends OperationName> = OpInput<BrowserOperations[K]>;
type Done<K extends OperationName> = (output: OpOutput<BrowserOperations[K]>, input: Input<K>) => void;

/**
 * A mutation that refetches the data in `touches` afterwards. `onDone` is called even when the component that started
 * the mutation was unmounted meanwhile, as the form of an answered question is.
 */
export function useChange<K extends OperationName>(name: K, touches: readonly Affected[], onDone?: Done<K>) {
  return useMutation({
    mutationFn: (input: Input<K>) => callHive(name, input),
    onSuccess: (output, input) => onDone?.(output, input),
    onSettled: useRefetch(touches),
  });
}

/** As useChange, for a form that shows errors beside its fields: no notification, and its input is not cached afterwards. */
export function useFormChange<K extends OperationName>(name: K, touches: readonly Affected[], onDone?: Done<K>) {
  return useMutation({
    mutationFn: (input: Input<K>) => callHive(name, input),
    meta: SHOWN_IN_FORM,
    gcTime: 0,
    onSuccess: (output, input) => onDone?.(output, input),
    onSettled: useRefetch(touches),
  });
}

/**
 * As useFormChange, for an input that contains a secret: nothing of it is kept once it was sent, neither here nor in the
 * cache of mutations. `send` returns null when it failed.
 */
export function useSecretChange<K extends OperationName>(name: K, touches: readonly Affected[]) {
  const [state, setState] = useState<{ isPending: boolean; error: Error | null }>({ isPending: false, error: null });
  const refetch = useRefetch(touches);
  async function send(input: Input<K>): Promise<OpOutput<BrowserOperations[K]> | null> {
    setState({ isPending: true, error: null });
    let error: Error | null = null;
    try {
      return await callHive(name, input);
    } catch (thrown) {
      error = thrown instanceof Error ? thrown : new Error(String(thrown));
      return null;
    } finally {
      setState({ isPending: false, error });
      // Also notices a session that has ended.
      void refetch();
    }
  }
  return { ...state, send };
}

function useRefetch(touches: readonly Affected[]): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all(touches.map((touched) => queries.invalidateQueries({ queryKey: [touched] })));
  };
}

/** Sends as the operator. The input carries an idempotency key, so that a retry does not send a second message. */
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
