import { SYSTEM } from '../../protocol/names.ts';
import { moveBranch } from '../pulls/move-branch.ts';
import { holdBranches } from '../pulls/hold-branches.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { getPullById, setMerging } from '../store/pulls.ts';
import { findEntry, laneIds, type QueueEntry, type QueuePlace } from '../store/queue-entries.ts';
import type { Repository } from '../store/repositories.ts';
import { askOwnersOf } from './append-entries.ts';
import { dropLaneCommits } from './lane-refs.ts';
import { leaveQueue } from './leave-queue.ts';
import { readQueue } from './read-queue.ts';
import type { Suites } from './suites.ts';

/**
 * Moves a branch to the commit of its lane that merges this entry and all below it. Everything is looked at once more
 * under the lock of the repository's branches, in the transaction that writes down what git is about to do; if anything
 * has changed, nothing happens, and the queue decides anew. Killed at any moment, all of them are merged or none, and
 * the next start records which.
 */
export async function mergeLane(
  core: ForgeCore,
  suites: Pick<Suites, 'result'>,
  { repository: asked, place, upTo }: { repository: Repository; place: QueuePlace; upTo: number },
): Promise<void> {
  const { db } = core;
  await holdBranches(core, { repository: asked, signal: core.stopping }, async (repository) => {
    const wanted = choose(core, suites, { place, upTo });
    if (wanted === null) return;
    const { from, to, names } = wanted;
    if (!(await haveOwnersAgreed(core, repository, wanted.links))) return;
    await moveBranch(core, {
      repository,
      branch: place.branch,
      // Each pull request is merged in the name of whoever asked for it; the branch has one author.
      by: names.size === 1 ? [...names][0]! : SYSTEM,
      from,
      to,
      begin: () => {
        const now = choose(core, suites, { place, upTo });
        if (now === null || now.to !== to) return false;
        for (const id of now.pulls) setMerging(db, id, to);
        return true;
      },
    });
    await dropLaneCommits(core.git, core.places.repositoryDir(repository), new Set(laneIds(db, repository.id)));
  });
}

/** One whose owners do not agree any more leaves. */
async function haveOwnersAgreed(
  core: ForgeCore,
  repository: Repository,
  links: readonly QueueEntry[],
): Promise<boolean> {
  const { db, outbox } = core;
  const path = core.places.repositoryDir(repository);
  for (const entry of links) {
    const pull = getPullById(db, entry.pullId);
    if (pull === null) return false;
    const unmet = await askOwnersOf(core, repository, { path, pull, from: entry.parentOid!, to: entry.commitOid! });
    if (unmet.length === 0) continue;
    const left = {
      is: 'put_out',
      next: 'solve',
      reason: `it may not be merged any more: ${unmet.join('; ')}`,
    } as const;
    const leave = db.transaction(() => {
      if (findEntry(db, entry.id) !== null)
        leaveQueue({ db, outbox, repository, at: core.clock() }, { entry, pull, by: SYSTEM, left });
    });
    leave.immediate();
    outbox.announce();
    return false;
  }
  return true;
}

interface Chosen {
  readonly from: string;
  readonly to: string;
  readonly pulls: readonly number[];
  readonly links: readonly QueueEntry[];
  /** Who asked for these merges. */
  readonly names: ReadonlySet<string>;
}

/** What may be merged now; null: the lane is another one, its checks have not passed, or one of them may not. */
function choose(
  core: Pick<ForgeCore, 'db' | 'owners'>,
  suites: Pick<Suites, 'result'>,
  { place, upTo }: { place: QueuePlace; upTo: number },
): Chosen | null {
  const seen = readQueue(core, suites, place);
  const end = seen?.lane.findIndex(({ id }) => id === upTo) ?? -1;
  if (seen === null || end < 0) return null;
  const { lane, rows, view } = seen;
  const to = lane[end]!.commitOid!;
  const hasPassed = view.runs.some(({ commit, state }) => commit === to && state === 'passed');
  if (view.laneBase !== view.base || !hasPassed) return null;
  const links = lane.slice(0, end + 1);
  const isReady = (id: number) => rows.some(({ entry, judged }) => entry.id === id && judged.kind === 'ready');
  if (!links.every(({ id }) => isReady(id))) return null;
  return {
    from: view.base,
    to,
    links,
    pulls: links.map(({ pullId }) => pullId),
    names: new Set(links.map(({ by }) => by)),
  };
}
