import { findFork } from '../git/diff.ts';
import { bringsSameChange, isSameChange } from '../git/same-change.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { type Entry, lastJudgements, setStanding } from '../store/pull-entries.ts';
import type { Pull } from '../store/pulls.ts';
import { withScratchObjects } from './scratch-objects.ts';

/** Which approvals are for the change that a pull request makes now. */
export interface Standing {
  readonly head: string;
  readonly kept: readonly { readonly id: number; readonly fork: string }[];
  /** The base is another one, or was rewritten: approvals that are not kept count for no commit any more. */
  readonly endsOthers: boolean;
}

/** Where a pull request is now. All are object ids. */
export interface Place {
  readonly path: string;
  readonly base: string;
  readonly head: string;
  readonly endsOthers: boolean;
  /** The base has what the earlier base had, so that it is enough if a merge brings the approved change. */
  readonly isRetargeted: boolean;
}

type Core = Pick<ForgeCore, 'git' | 'db' | 'places' | 'log'>;

/**
 * Compares what a pull request changes now with what was approved. `pull` is as it was recorded before. Whether an
 * approval of the same change counts for another commit is the rule's (policy/count-reviews.ts). What cannot be
 * compared is not the same.
 */
export async function readStanding(core: Core, pull: Pull, place: Place): Promise<Standing> {
  const { head, endsOthers } = place;
  const approvals = lastJudgements(core.db, pull.id).filter(
    ({ kind, standsFor }) => kind === 'approve' && standsFor === pull.headOid,
  );
  if (approvals.length === 0) return { head, kept: [], endsOthers };
  const kept = await compare(core, { pull, place, approvals }).catch((error: unknown) => {
    core.log.warn({ pull: pull.number, err: error }, 'approvals end: their change could not be compared');
    return [];
  });
  return { head, kept, endsOthers };
}

async function compare(
  core: Core,
  { pull, place, approvals }: { pull: Pull; place: Place; approvals: readonly Entry[] },
): Promise<Standing['kept']> {
  const { path, base, head } = place;
  const fork = await findFork(core.git, { path, base, head });
  if (fork === null) return [];
  return withScratchObjects(core, path, async (env) => {
    const scratch = { path, env };
    const kept = [];
    for (const { id, fork: approvedFork } of approvals) {
      if (approvedFork === null) continue;
      const before = { fork: approvedFork, head: pull.headOid };
      const isSame =
        (await isSameChange(core.git, scratch, { before, now: { fork, head } })) ||
        (place.isRetargeted && (await bringsSameChange(core.git, scratch, { before, base, head })));
      if (isSame) kept.push({ id, fork });
    }
    return kept;
  });
}

/** Records it, in the transaction that records the move. */
export function applyStanding(db: ForgeCore['db'], pullId: number, { head, kept, endsOthers }: Standing): void {
  if (endsOthers) setStanding(db, { pullId, except: kept.map(({ id }) => id) }, null);
  for (const { id, fork } of kept) setStanding(db, { id }, { head, fork });
}
