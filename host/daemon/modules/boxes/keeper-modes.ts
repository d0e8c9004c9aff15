/**
 * The modes of the keeper of one agent's box:
 *
 *   resting   the box is in the desired state: until poked
 *   waiting   checks again at a known time (a pause after a failure), or when poked
 *   checking  queries the runtime for boxes, and decides the next step
 *   acting    carries out one step
 *   closed    final
 */
export type KeeperMode = 'resting' | 'waiting' | 'checking' | 'acting' | 'closed';

/** The modes that may follow each. */
const NEXT: Readonly<Record<KeeperMode, readonly KeeperMode[]>> = {
  resting: ['checking', 'closed'],
  waiting: ['checking', 'closed'],
  checking: ['checking', 'acting', 'resting', 'waiting', 'closed'],
  acting: ['checking', 'waiting', 'closed'],
  closed: ['closed'],
};

/** Returns `to`. Throws, as for any bug, when the table forbids this change. */
export function changeMode(from: KeeperMode, to: KeeperMode): KeeperMode {
  if (!NEXT[from].includes(to)) throw new Error(`a box keeper that is ${from} cannot be ${to} next`);
  return to;
}
