import type { ThreadState, ThreadView } from '../../../../protocol/schemas/message.ts';
import type { Look } from './order-fleet.ts';

/** How a thread's state looks. */
export const THREAD_LOOKS: Record<ThreadState, Pick<Look, 'label' | 'color'>> = {
  open: { label: 'Open', color: 'green' },
  paused: { label: 'Paused', color: 'orange' },
  closed: { label: 'Closed', color: 'gray' },
};

/** What the operator can do to a thread, with its words in each state and the state it leads to. */
export const THREAD_ACTIONS = [
  {
    action: 'open',
    label: { open: 'Open again', paused: 'Let it go on', closed: 'Open again' },
    said: 'The thread goes on.',
    from: ['paused', 'closed'],
  },
  {
    action: 'closed',
    label: { open: 'Close', paused: 'Close', closed: 'Close' },
    said: 'The thread is closed: replies are refused.',
    from: ['open', 'paused'],
  },
] as const satisfies readonly {
  action: 'open' | 'closed';
  label: Record<ThreadState, string>;
  said: string;
  from: readonly ThreadState[];
}[];
export type ThreadAction = (typeof THREAD_ACTIONS)[number];

/** Null when it can be done; otherwise why not. */
export function whyNotThread(action: ThreadAction, state: ThreadState): string | null {
  return (action.from as readonly ThreadState[]).includes(state) ? null : `The thread is ${state} already.`;
}

/** Null when a reply is taken; otherwise why not and what to do. */
export function whyNoReply({ state }: Pick<ThreadView, 'state'>): string | null {
  return state === 'closed' ? 'This thread is closed: replies are refused. Open it again to write here.' : null;
}
