import type { Priority } from '../../protocol/schemas/message.ts';
import type { MergeMethod } from '../../protocol/schemas/merge-method.ts';
import type { QueueMode, QueueEntryState } from '../../protocol/schemas/queue.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** A row of `queue_entries`. */
export interface QueueEntry {
  readonly id: number;
  readonly pullId: number;
  readonly repositoryId: number;
  readonly branch: string;
  readonly mode: QueueMode;
  readonly state: QueueEntryState;
  /** The commit that is meant. */
  readonly headOid: string;
  readonly method: MergeMethod;
  readonly priority: Priority;
  readonly by: string;
  readonly at: number;
  readonly heldAt: string | null;
  readonly holds: number;
  /** What the owners of changed paths had against it, and the facts for which that was so. */
  readonly unmet: string | null;
  readonly unmetFor: string | null;
  /** In the lane: its place, the commit below it, and the commit that merges it. */
  readonly place: number | null;
  readonly parentOid: string | null;
  readonly commitOid: string | null;
}

/** The queue of one branch. */
export interface QueuePlace {
  readonly repositoryId: number;
  readonly branch: string;
}

const COLUMNS = `id, pull_id AS pullId, repository_id AS repositoryId, branch, mode, state, head_oid AS headOid, method,
  priority, queued_by AS "by", queued_at AS "at", held_at AS heldAt, holds, unmet, unmet_for AS unmetFor, place, parent_oid AS parentOid,
  commit_oid AS commitOid`;

/** The branches with a queue that is not empty, or with runs that are left over. */
export function queuesWithWork(db: Db): QueuePlace[] {
  const text = `SELECT repository_id AS repositoryId, branch FROM queue_entries
    UNION SELECT repository_id, branch FROM queue_batches`;
  return sql(db, text).all() as QueuePlace[];
}

const ENTRIES = `SELECT ${COLUMNS} FROM queue_entries WHERE repository_id = @repositoryId AND branch = @branch ORDER BY id`;

export function entriesOf(db: Db, { repositoryId, branch }: QueuePlace): QueueEntry[] {
  return sql(db, ENTRIES).all({ repositoryId, branch }) as QueueEntry[];
}

const LANE = `SELECT ${COLUMNS} FROM queue_entries
  WHERE repository_id = @repositoryId AND branch = @branch AND place IS NOT NULL ORDER BY place`;

/** The entries of the lane, the lowest first. */
export function laneOf(db: Db, { repositoryId, branch }: QueuePlace): QueueEntry[] {
  return sql(db, LANE).all({ repositoryId, branch }) as QueueEntry[];
}

const BY_PULL = `SELECT ${COLUMNS} FROM queue_entries WHERE pull_id = ?`;

export function entryOfPull(db: Db, pullId: number): QueueEntry | null {
  return (sql(db, BY_PULL).get(pullId) as QueueEntry | undefined) ?? null;
}

const BY_ID = `SELECT ${COLUMNS} FROM queue_entries WHERE id = ?`;

export function findEntry(db: Db, id: number): QueueEntry | null {
  return (sql(db, BY_ID).get(id) as QueueEntry | undefined) ?? null;
}

export function countQueued(db: Db, repositoryId: number): number {
  const text = 'SELECT count(*) AS count FROM queue_entries WHERE repository_id = ?';
  return (sql(db, text).get(repositoryId) as { count: number }).count;
}

type NewEntry = Omit<
  QueueEntry,
  'id' | 'heldAt' | 'holds' | 'unmet' | 'unmetFor' | 'place' | 'parentOid' | 'commitOid'
>;

export function insertEntry(db: Db, entry: NewEntry): number {
  const { lastInsertRowid } = sql(
    db,
    `INSERT INTO queue_entries (pull_id, repository_id, branch, mode, state, head_oid, method, priority, queued_by, queued_at)
       VALUES (@pullId, @repositoryId, @branch, @mode, @state, @headOid, @method, @priority, @by, @at)`,
  ).run(entry);
  return Number(lastInsertRowid);
}

/** An entry that waited may be merged now. */
export function markQueued(db: Db, id: number): void {
  sql(db, `UPDATE queue_entries SET state = 'queued' WHERE id = ?`).run(id);
}

/** Passed over because it conflicts with entries ahead of it, while the branch is at this commit. */
export function holdEntry(db: Db, id: number, heldAt: string): void {
  sql(db, 'UPDATE queue_entries SET held_at = @heldAt, holds = holds + 1 WHERE id = @id').run({ id, heldAt });
}

/** It waits for owners of the paths that it changes, while the facts are these. */
export function waitForOwners(db: Db, id: number, { unmet, unmetFor }: { unmet: string; unmetFor: string }): void {
  const text = `UPDATE queue_entries SET state = 'waiting', unmet = @unmet, unmet_for = @unmetFor WHERE id = @id`;
  sql(db, text).run({ id, unmet, unmetFor });
}

/** Puts an entry at the end of the lane. */
export function appendToLane(db: Db, id: number, link: { parentOid: string; commitOid: string }): void {
  sql(
    db,
    `UPDATE queue_entries SET parent_oid = @parentOid, commit_oid = @commitOid, place = 1 + coalesce((
         SELECT max(lane.place) FROM queue_entries AS lane
         WHERE lane.repository_id = queue_entries.repository_id AND lane.branch = queue_entries.branch), 0)
       WHERE id = @id`,
  ).run({ id, ...link });
}

/** Takes the entries from this place on out of the lane; they stay in the queue. */
export function cutLane(db: Db, { repositoryId, branch }: QueuePlace, from: number): void {
  sql(
    db,
    `UPDATE queue_entries SET place = NULL, parent_oid = NULL, commit_oid = NULL
       WHERE repository_id = @repositoryId AND branch = @branch AND place >= @from`,
  ).run({ repositoryId, branch, from });
}

export function deleteEntry(db: Db, id: number): void {
  sql(db, 'DELETE FROM queue_entries WHERE id = ?').run(id);
}

/** Ids of the entries of a repository that are in a lane. */
export function laneIds(db: Db, repositoryId: number): number[] {
  const text = 'SELECT id FROM queue_entries WHERE repository_id = ? AND place IS NOT NULL';
  return (sql(db, text).all(repositoryId) as { id: number }[]).map(({ id }) => id);
}

const MERGED = `SELECT ${COLUMNS} FROM queue_entries WHERE repository_id = @repositoryId AND branch = @branch
  AND place <= (SELECT last.place FROM queue_entries AS last
    WHERE last.repository_id = @repositoryId AND last.branch = @branch AND last.commit_oid = @commit)`;

/** The entries that a branch has once it is at this commit of its lane; none for any other commit. */
export function entriesUpTo(db: Db, of: QueuePlace & { readonly commit: string }): QueueEntry[] {
  return sql(db, MERGED).all(of) as QueueEntry[];
}
