import type { Priority } from '../../../protocol/schemas/message.ts';
import type { QueuedEntry } from './queue-view.ts';

const HOUR_MS = 60 * 60 * 1000;

/**
 * How much earlier an entry counts as queued. The order is that of one point in time for each entry, which never
 * changes: nobody is overtaken by what comes more than five hours later, whatever its priority.
 */
const HEAD_START_MS: Record<Priority, number> = {
  critical: 4 * HOUR_MS,
  high: HOUR_MS,
  normal: 0,
  low: -HOUR_MS,
};

/** The farthest that a later entry can go ahead of an earlier one, in milliseconds. */
export const MOST_OVERTAKING_MS = HEAD_START_MS.critical - HEAD_START_MS.low;

type Ordered = Pick<QueuedEntry, 'id' | 'priority' | 'queuedAt'>;

/** Negative: `a` goes first. Ids decide between the same moments. */
export function compareEntries(a: Ordered, b: Ordered): number {
  return placeOf(a) - placeOf(b) || a.id - b.id;
}

function placeOf({ queuedAt, priority }: Ordered): number {
  return queuedAt - HEAD_START_MS[priority];
}
