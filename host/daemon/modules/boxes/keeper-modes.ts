/**
 * The modes of the keeper of one agent's box:
 *
 *   resting   the box is in the desired state: until poked
 *   waiting   checks again at a known time (a pause after a failure), or when poked
 *   looking   queries the runtime for boxes, and decides the next step
 *   acting    carries out one step
 *   closed    final
 */
export type KeeperMode = 'resting' | 'waiting' | 'looking' | 'acting' | 'closed';

/** The modes that may follow each. */
const NEXT: Readonly<Record<KeeperMode, readonly KeeperMode[]>> = {
  resting: ['looking', 'closed'],
  waiting: ['looking', 'closed'],
  looking: ['looking', 'acting', 'resting', 'waiting', 'closed'],
  acting: ['looking', 'waiting', 'closed'],
  closed: ['closed'],
};

/** Returns `to`. Throws, as for any bug, when the table forbids this change. */
export function changeMode(from: KeeperMode, to: KeeperMode): KeeperMode {
  if (!NEXT[from].includes(to)) throw new Error(`a box keeper that is ${from} cannot be ${to} next`);
  return to;
}
