import { PRIORITIES, type Priority } from '../../../../../protocol/schemas/message.ts';

/** What the sender of a message is to its recipient. */
export type Relation = 'hive' | 'operator' | 'parent' | 'child' | 'sibling' | 'other';

/** The least urgent rank that mail of each relation can have. */
const FLOORS: Readonly<Record<Relation, number>> = { hive: 1, operator: 1, parent: 1, child: 2, sibling: 2, other: 3 };

/** How much age makes up for one rank, in ms: a rank is lost at 0.1 per second of waiting. */
const MS_PER_RANK = 10_000;

/**
 * How urgent a delivery is, from 0 (critical) to 3 (low). The relation gives a floor below which its
 * sender cannot declare it; what is declared can only make it more urgent, and nothing declared is the floor.
 */
export function rankOf(declared: Priority | null, relation: Relation): number {
  const floor = FLOORS[relation];
  return declared === null ? floor : Math.min(PRIORITIES.indexOf(declared), floor);
}

/**
 * What deliveries are sorted by, the smallest first, ties by the delivery's id. It orders by
 * rank − 0.1 × age in seconds, but needs no clock: at any moment all that wait have aged since
 * their own `atMs`, so the moment cancels out, and a key never changes while its delivery waits.
 */
export function orderKey(rank: number, atMs: number): number {
  return atMs + rank * MS_PER_RANK;
}
