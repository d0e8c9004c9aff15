import type { ForgeCore } from '../repositories/forge-core.ts';
import { getPullById, type Pull } from '../store/pulls.ts';
import { type Batch, batchesOf } from '../store/queue-batches.ts';
import { entriesOf, laneOf, type QueueEntry, type QueuePlace } from '../store/queue-entries.ts';
import { findRef } from '../store/refs.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import { type Judged, judgeEntry } from './judge-entry.ts';
import type { QueueRun, QueueView } from './policy/queue-view.ts';
import type { Suites } from './suites.ts';

export interface QueueRow {
  readonly entry: QueueEntry;
  readonly pull: Pull;
  readonly judged: Judged;
}

/** The queue of a branch as it is in the database now. */
export interface QueueSeen {
  readonly place: QueuePlace;
  readonly repository: Repository;
  readonly rows: readonly QueueRow[];
  readonly lane: readonly QueueEntry[];
  readonly batches: readonly Batch[];
  /** For the policy: without the entries that are merged alone. */
  readonly view: QueueView;
}

/** Null: its repository is gone. Throws `service_unavailable` until hived has said which owners are projects. */
export function readQueue(
  core: Pick<ForgeCore, 'db' | 'owners'>,
  suites: Pick<Suites, 'result'>,
  place: QueuePlace,
): QueueSeen | null {
  const { db } = core;
  const repository = getRepository(db, place.repositoryId);
  if (repository === null) return null;
  const rows = entriesOf(db, place).flatMap((entry) => {
    const pull = getPullById(db, entry.pullId);
    return pull === null ? [] : [{ entry, pull, judged: judgeEntry(core, repository, { entry, pull }) }];
  });
  const lane = laneOf(db, place);
  const batches = batchesOf(db, place);
  const base = findRef(db, place.repositoryId, `refs/heads/${place.branch}`);
  const view = {
    base: base ?? '',
    laneBase: lane[0]?.parentOid ?? null,
    lane: lane.map(({ id, commitOid }) => ({ entry: id, commit: commitOid! })),
    runs: batches.map((batch) => toRun(batch, suites.result(db, batch.suite))),
    entries: rows.map(({ entry, judged }) => ({
      id: entry.id,
      priority: entry.priority,
      queuedAt: entry.at,
      isReady: base !== null && entry.mode === 'queue' && judged.kind === 'ready',
      leaves: judged.kind === 'leaves' ? judged.reason : null,
      heldAt: entry.heldAt,
      holds: entry.holds,
    })),
  };
  return { place, repository, rows, lane, batches, view };
}

function toRun(
  { id, commit, purpose, tries, size }: Batch,
  { state, isFlaky }: ReturnType<Suites['result']>,
): QueueRun {
  // Nobody knows how a suite ended that is gone: its commit is tested anew.
  const isGone = state === 'gone';
  return { id, commit: isGone ? '' : commit, purpose, tries, size, isFlaky, state: isGone ? 'failed' : state };
}
