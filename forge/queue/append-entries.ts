import { SYSTEM } from '../../protocol/names.ts';
import { mergeTrees } from '../git/merge.ts';
import { askOwners } from '../pulls/ask-owners.ts';
import { reviewsOf, ruleFor } from '../pulls/pull-repository.ts';
import { factsOfOwners } from './judge-entry.ts';
import { sayConflict } from '../pulls/decide-merge.ts';
import { holdBranches } from '../pulls/hold-branches.ts';
import { composePullCommit } from '../pulls/merge-pull.ts';
import { withScratchObjects } from '../pulls/scratch-objects.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { getPullById, type Pull } from '../store/pulls.ts';
import {
  appendToLane,
  findEntry,
  holdEntry,
  laneIds,
  laneOf,
  type QueueEntry,
  waitForOwners,
} from '../store/queue-entries.ts';
import { findRef } from '../store/refs.ts';
import type { Repository } from '../store/repositories.ts';
import { dropLaneCommits, keepLaneCommit } from './lane-refs.ts';
import { leaveQueue } from './leave-queue.ts';

/**
 * Merges entries to the end of their lane, one after the other, until one conflicts: that one is put out if it conflicts
 * with the branch itself, and else passed over until the branch has moved. A commit is kept by a ref before its row is
 * written; a ref whose row is missing after a kill is dropped by the next of these.
 */
export async function appendEntries(core: ForgeCore, asked: Repository, ids: readonly number[]): Promise<void> {
  await holdBranches(core, { repository: asked, signal: core.stopping }, async (repository) => {
    const path = core.places.repositoryDir(repository);
    await dropLaneCommits(core.git, path, new Set(laneIds(core.db, repository.id)));
    for (const id of ids) if (!(await appendOne(core, { repository, path, id }))) return;
  });
}

/** False: the lane is not what the others were chosen for. */
async function appendOne(
  core: ForgeCore,
  { repository, path, id }: { repository: Repository; path: string; id: number },
): Promise<boolean> {
  const { db } = core;
  const entry = findEntry(db, id);
  const pull = entry === null ? null : getPullById(db, entry.pullId);
  const base = entry === null ? null : findRef(db, repository.id, `refs/heads/${entry.branch}`);
  if (entry === null || pull === null || base === null || pull.headOid !== entry.headOid) return false;
  const lane = laneOf(db, entry);
  if (entry.place !== null || (lane.length > 0 && lane[0]!.parentOid !== base)) return false;
  const tip = lane.at(-1)?.commitOid ?? base;
  const made = await composePullCommit(core, { path, base: tip, pull, by: entry.by, method: entry.method });
  if (!('commit' in made)) {
    const isCertain = tip === base || made.conflicts.length === 0;
    const reason = isCertain ? sayRefusal(pull, made) : await refuseOnBase(core, { path, base, pull });
    handleConflict(core, { repository, entry, pull, base }, reason);
    return false;
  }
  const unmet = await askOwnersOf(core, repository, { path, pull, from: tip, to: made.commit });
  if (unmet.length > 0) {
    waitForOwners(db, id, { unmet: unmet.join('; '), unmetFor: factsOfOwners(core, repository, pull) });
    return false;
  }
  await keepLaneCommit(core.git, path, { entry: id, commit: made.commit });
  const write = db.transaction(() => {
    const present = findEntry(db, id);
    const end = laneOf(db, entry).at(-1)?.commitOid ?? base;
    if (present === null || present.place !== null || end !== tip) return false;
    appendToLane(db, id, { parentOid: tip, commitOid: made.commit });
    return true;
  });
  return write.immediate();
}

/** Why the owners of what a commit of the lane changes have not agreed; none when they have. */
export function askOwnersOf(
  core: ForgeCore,
  repository: Repository,
  { path, pull, from, to }: { path: string; pull: Pull; from: string; to: string },
): Promise<string[]> {
  const rule = ruleFor(core, repository, pull.base);
  return askOwners(core, { path, from, to }, { rule, approvedBy: reviewsOf(core, repository, pull).approvedBy });
}

/** Why it cannot be merged into the branch itself; null: it can, and conflicts with entries ahead of it. */
async function refuseOnBase(
  core: ForgeCore,
  { path, base, pull }: { path: string; base: string; pull: Pull },
): Promise<string | null> {
  const merged = await withScratchObjects(core, path, (env) =>
    mergeTrees(core.git, { path, base, head: pull.headOid, env }),
  );
  return 'tree' in merged ? null : sayConflict(pull, merged.conflicts);
}

function sayRefusal(
  pull: Pull,
  { refusal, conflicts }: { readonly refusal: string; readonly conflicts: readonly string[] },
): string {
  return conflicts.length > 0 ? sayConflict(pull, conflicts) : refusal;
}

function handleConflict(
  core: ForgeCore,
  { repository, entry, pull, base }: { repository: Repository; entry: QueueEntry; pull: Pull; base: string },
  reason: string | null,
): void {
  const { db, outbox } = core;
  const write = db.transaction(() => {
    if (findEntry(db, entry.id) === null) return;
    if (reason === null) holdEntry(db, entry.id, base);
    else {
      const left = { is: 'put_out', reason, next: 'solve' } as const;
      leaveQueue({ db, outbox, repository, at: core.clock() }, { entry, pull, by: SYSTEM, left });
    }
  });
  write.immediate();
  outbox.announce();
}
