import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { AgentName } from '../../../../protocol/names.ts';
import type { SendInput } from '../../../../protocol/schemas/message.ts';
import { callHive } from './api.ts';

/** The longest message, as protocol/schemas/message.ts has it (that file brings zod along); a test keeps them equal. */
export const PAGE_MAX_BODY_BYTES = 64 * 1024;

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

/** Sends as the operator. Each attempt carries one key, so that a repeated one is still one message. */
export function useSend() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: SendInput) => callHive('send', input),
    onSettled: async () => {
      await Promise.all(
        ['messages', 'threads', 'agents'].map((name) => queries.invalidateQueries({ queryKey: [name] })),
      );
    },
  });
}

export function useMarkRead() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ids: number[]) => callHive('markRead', { ids }),
    onSettled: async () => {
      await Promise.all(['inbox', 'threads'].map((name) => queries.invalidateQueries({ queryKey: [name] })));
    },
  });
}
