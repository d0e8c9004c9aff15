/**
 * What the keeper of one agent's box is doing.
 *
 *   resting   the box is as wanted: until somebody pokes
 *   waiting   it is looked at again at a known time (a pause after a failure), or when somebody pokes
 *   looking   the runtime is asked which boxes there are, and the next step is decided
 *   acting    one step is carried out
 *   closed    for good
 */
export type KeeperMode = 'resting' | 'waiting' | 'looking' | 'acting' | 'closed';

/** Which modes may follow each. */
const NEXT: Readonly<Record<KeeperMode, readonly KeeperMode[]>> = {
  resting: ['looking', 'closed'],
  waiting: ['looking', 'closed'],
  looking: ['looking', 'acting', 'resting', 'waiting', 'closed'],
  acting: ['looking', 'waiting', 'closed'],
  closed: ['closed'],
};

/** Returns `to`. Throws, as for any bug, when the table does not have this change. */
export function changeMode(from: KeeperMode, to: KeeperMode): KeeperMode {
  if (!NEXT[from].includes(to)) throw new Error(`a box keeper that is ${from} cannot be ${to} next`);
  return to;
}
