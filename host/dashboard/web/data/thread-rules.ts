import type { ThreadState, ThreadView } from '../../../../protocol/schemas/message.ts';
import type { StateStyle } from './order-fleet.ts';

/** The label and colour of each thread state. */
export const THREAD_STYLES: Record<ThreadState, Pick<StateStyle, 'label' | 'color'>> = {
  open: { label: 'Open', color: 'green' },
  paused: { label: 'Paused', color: 'orange' },
  closed: { label: 'Closed', color: 'gray' },
};

/** The operator's actions on a thread: the label in each state, the confirmation, and the states in which it is allowed. */
export const THREAD_ACTIONS = [
  {
    action: 'open',
    label: { open: 'Open again', paused: 'Let it go on', closed: 'Open again' },
    doneText: 'The thread goes on.',
    from: ['paused', 'closed'],
  },
  {
    action: 'closed',
    label: { open: 'Close', paused: 'Close', closed: 'Close' },
    doneText: 'The thread is closed: replies are refused.',
    from: ['open', 'paused'],
  },
] as const satisfies readonly {
  action: 'open' | 'closed';
  label: Record<ThreadState, string>;
  doneText: string;
  from: readonly ThreadState[];
}[];
export type ThreadAction = (typeof THREAD_ACTIONS)[number];

/** Null when the action is allowed, otherwise the reason. */
export function whyNotThread(action: ThreadAction, state: ThreadState): string | null {
  return (action.from as readonly ThreadState[]).includes(state) ? null : `The thread is ${state} already.`;
}

/** Null when the thread accepts replies, otherwise the reason and what to do. */
export function whyNoReply({ state }: Pick<ThreadView, 'state'>): string | null {
  return state === 'closed' ? 'This thread is closed: replies are refused. Open it again to write here.' : null;
}
