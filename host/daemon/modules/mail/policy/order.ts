import { PRIORITIES, type Priority } from '../../../../../protocol/schemas/message.ts';

/** The sender's place in the tree, seen from the recipient. */
export type Relation = 'hive' | 'operator' | 'parent' | 'child' | 'sibling' | 'other';

/** The least urgent rank that mail of each relation can have. */
const FLOORS: Readonly<Record<Relation, number>> = { hive: 1, operator: 1, parent: 1, child: 2, sibling: 2, other: 3 };

/** The age, in ms, that outweighs one rank: waiting mail gains 0.1 rank per second. */
const MS_PER_RANK = 10_000;

/**
 * The urgency of a delivery, from 0 (critical) to 3 (low). Each relation has a least urgent rank (its floor);
 * declaring a priority can only make the delivery more urgent, and without one the floor applies.
 */
export function rankOf(declared: Priority | null, relation: Relation): number {
  const floor = FLOORS[relation];
  return declared === null ? floor : Math.min(PRIORITIES.indexOf(declared), floor);
}

/**
 * The sort key of waiting deliveries, smallest first, ties by delivery id. It orders by rank − 0.1 × age in
 * seconds but needs no clock: all waiting deliveries age at the same rate, so the current time cancels out
 * and a key never changes.
 */
export function orderKey(rank: number, atMs: number): number {
  return atMs + rank * MS_PER_RANK;
}
