import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import type { PullState, PullView } from '../../protocol/schemas/pull.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';
import { viewLabels } from './labels.ts';

/** A row of `pulls`. */
export interface Pull {
  readonly id: number;
  readonly repositoryId: number;
  readonly number: number;
  readonly author: string;
  readonly title: string;
  readonly body: string;
  readonly state: PullState;
  readonly draft: boolean;
  /** Names of branches. */
  readonly base: string;
  readonly head: string;
  /** The head's newest commit. */
  readonly headOid: string;
  readonly openedAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
  readonly endedBy: string | null;
  readonly mergeOid: string | null;
  /** The base's commit before the merge. */
  readonly endedBaseOid: string | null;
  /** The commit that git is about to move the base to. */
  readonly mergingOid: string | null;
}

export type PullRow = Omit<Pull, 'draft'> & { draft: 0 | 1 };

export const PULL_COLUMNS = `pulls.id, pulls.repository_id AS repositoryId, pulls.number, pulls.author, pulls.title, pulls.body,
  pulls.state, pulls.draft, pulls.base, pulls.head, pulls.head_oid AS headOid, pulls.opened_at AS openedAt,
  pulls.updated_at AS updatedAt, pulls.ended_at AS endedAt, pulls.ended_by AS endedBy, pulls.merge_oid AS mergeOid,
  pulls.ended_base_oid AS endedBaseOid, pulls.merging_oid AS mergingOid`;

export const toPull = (row: PullRow): Pull => ({ ...row, draft: row.draft === 1 });

const FIND_PULL = `SELECT ${PULL_COLUMNS} FROM pulls WHERE repository_id = ? AND number = ?`;

export function findPull(db: Db, repositoryId: number, number: number): Pull | null {
  const row = sql(db, FIND_PULL).get(repositoryId, number) as PullRow | undefined;
  return row === undefined ? null : toPull(row);
}

const GET_PULL = `SELECT ${PULL_COLUMNS} FROM pulls WHERE id = ?`;

export function getPullById(db: Db, id: number): Pull | null {
  const row = sql(db, GET_PULL).get(id) as PullRow | undefined;
  return row === undefined ? null : toPull(row);
}

const OPEN_PULLS = `SELECT ${PULL_COLUMNS} FROM pulls WHERE repository_id = ? AND state = 'open' ORDER BY number`;

/** The open pull requests of a repository. */
export function openPulls(db: Db, repositoryId: number): Pull[] {
  return (sql(db, OPEN_PULLS).all(repositoryId) as PullRow[]).map(toPull);
}

const OPEN_AT = `SELECT ${PULL_COLUMNS} FROM pulls
  WHERE repository_id = ? AND head_oid = ? AND state = 'open' ORDER BY number`;

/** The open pull requests of a repository with this newest commit. */
export function openPullsAt(db: Db, repositoryId: number, headOid: string): Pull[] {
  return (sql(db, OPEN_AT).all(repositoryId, headOid) as PullRow[]).map(toPull);
}

/** Whether a commit is the newest one of a pull request, whatever became of it. */
export function isHeadOfPull(db: Db, repositoryId: number, headOid: string): boolean {
  const text = 'SELECT 1 FROM pulls WHERE repository_id = ? AND head_oid = ? LIMIT 1';
  return sql(db, text).get(repositoryId, headOid) !== undefined;
}

export function countOpenPulls(db: Db, of: { repositoryId: number; author: string }): number {
  const text = `SELECT count(*) AS count FROM pulls
    WHERE repository_id = @repositoryId AND author = @author AND state = 'open'`;
  return (sql(db, text).get(of) as { count: number }).count;
}

/** How many pull requests of a repository ended with the same commit of a base. */
export function countMergedAs(db: Db, repositoryId: number, mergeOid: string): number {
  const text = 'SELECT count(*) AS count FROM pulls WHERE repository_id = ? AND merge_oid = ?';
  return (sql(db, text).get(repositoryId, mergeOid) as { count: number }).count;
}

/** Stores a pull request under the repository's next number. A unique index refuses a second open one of its branches. */
export function insertPull(
  db: Db,
  pull: Pick<Pull, 'repositoryId' | 'author' | 'title' | 'body' | 'draft' | 'base' | 'head' | 'headOid'> & {
    at: number;
  },
): number {
  const { repositoryId } = pull;
  const next = sql(db, 'UPDATE repositories SET last_pull = last_pull + 1 WHERE id = ? RETURNING last_pull AS number');
  const { number } = next.get(repositoryId) as { number: number };
  const { lastInsertRowid } = sql(
    db,
    `INSERT INTO pulls (repository_id, number, author, title, body, state, draft, base, head, head_oid, opened_at, updated_at)
       VALUES (@repositoryId, @number, @author, @title, @body, 'open', @draft, @base, @head, @headOid, @at, @at)`,
  ).run({ ...pull, draft: pull.draft ? 1 : 0, number });
  sql(
    db,
    `INSERT INTO pull_pushers (pull_id, name)
       SELECT @id, name FROM ref_pushers WHERE repository_id = @repositoryId AND ref = 'refs/heads/' || @head`,
  ).run({ id: lastInsertRowid, repositoryId, head: pull.head });
  return number;
}

/** Adds to the characters that a repository's pull requests have. */
export function addPullChars(db: Db, repositoryId: number, chars: number): void {
  sql(db, 'UPDATE repositories SET pull_chars = max(0, pull_chars + ?) WHERE id = ?').run(chars, repositoryId);
}

export function pullChars(db: Db, repositoryId: number): number {
  const row = sql(db, 'SELECT pull_chars AS chars FROM repositories WHERE id = ?').get(repositoryId);
  return (row as { chars: number } | undefined)?.chars ?? 0;
}

/** Deletes the pull request that ended first, except one, with its conversation; false: there is no other. */
export function deleteOldestEnded(db: Db, repositoryId: number, except: number | null): boolean {
  const oldest = sql(
    db,
    `SELECT id, length(title) + length(body)
         + (SELECT coalesce(sum(length(body) + coalesce(length(path), 0)), 0) FROM pull_entries WHERE pull_id = pulls.id) AS chars
       FROM pulls WHERE repository_id = ? AND state <> 'open' AND id IS NOT ? ORDER BY ended_at LIMIT 1`,
  ).get(repositoryId, except) as { id: number; chars: number } | undefined;
  if (oldest === undefined) return false;
  sql(db, 'DELETE FROM pulls WHERE id = ?').run(oldest.id);
  addPullChars(db, repositoryId, -oldest.chars);
  return true;
}

/** Changes what a person may change. */
export function updatePull(
  db: Db,
  id: number,
  change: Pick<Pull, 'title' | 'body' | 'draft' | 'base'> & { at: number },
): void {
  sql(
    db,
    `UPDATE pulls SET title = @title, body = @body, draft = @draft, base = @base, updated_at = @at,
       checks_for = CASE WHEN base = @base THEN checks_for END WHERE id = @id`,
  ).run({ ...change, draft: change.draft ? 1 : 0, id });
}

/** Pull requests whose checks nobody has asked for since their head moved. */
export function pullsToCheck(db: Db): { repositoryId: number; number: number }[] {
  const text = `SELECT repository_id AS repositoryId, number FROM pulls
    WHERE state = 'open' AND draft = 0 AND checks_for IS NOT head_oid ORDER BY id`;
  return sql(db, text).all() as { repositoryId: number; number: number }[];
}

/** Whether the checks of its newest commit were asked for, if there are any. */
export function areChecksAsked(db: Db, id: number): boolean {
  return sql(db, 'SELECT 1 FROM pulls WHERE id = ? AND checks_for IS head_oid').get(id) !== undefined;
}

/** The head for which checks were asked for, or for which there are none; null: they have to be requested. */
export function setChecksFor(db: Db, id: number, headOid: string | null): void {
  sql(db, 'UPDATE pulls SET checks_for = @headOid WHERE id = @id').run({ id, headOid });
}

export function touchPull(db: Db, id: number, at: number): void {
  sql(db, 'UPDATE pulls SET updated_at = @at WHERE id = @id').run({ id, at });
}

export function moveHead(db: Db, id: number, { headOid, at }: { headOid: string; at: number }): void {
  sql(db, 'UPDATE pulls SET head_oid = @headOid, updated_at = @at WHERE id = @id').run({ id, headOid, at });
}

export function moveBase(db: Db, id: number, { base, at }: { base: string; at: number }): void {
  sql(db, 'UPDATE pulls SET base = @base, updated_at = @at, checks_for = NULL WHERE id = @id').run({ id, base, at });
}

/** What git is about to do, or null: nothing any more. */
export function setMerging(db: Db, id: number, oid: string | null): void {
  sql(db, 'UPDATE pulls SET merging_oid = @oid WHERE id = @id').run({ id, oid });
}

/** Merged as `mergeOid`, or closed when that is null. */
export function endPull(
  db: Db,
  id: number,
  end: { by: string; at: number; mergeOid: string | null; endedBaseOid: string | null },
): void {
  sql(
    db,
    `UPDATE pulls SET state = CASE WHEN @mergeOid IS NULL THEN 'closed' ELSE 'merged' END, ended_at = @at, ended_by = @by,
       merge_oid = @mergeOid, ended_base_oid = @endedBaseOid, merging_oid = NULL, updated_at = @at WHERE id = @id AND state = 'open'`,
  ).run({ ...end, id });
}

export function reopenPull(db: Db, id: number, { headOid, at }: { headOid: string; at: number }): void {
  sql(
    db,
    `UPDATE pulls SET state = 'open', ended_at = NULL, ended_by = NULL, head_oid = @headOid, updated_at = @at
       WHERE id = @id AND state = 'closed'`,
  ).run({ id, headOid, at });
}

/** Who pushed commits to the branch, before or since the pull request was opened. */
export function pushersOf(db: Db, id: number): string[] {
  const rows = sql(db, 'SELECT name FROM pull_pushers WHERE pull_id = ? ORDER BY name').all(id) as { name: string }[];
  return rows.map(({ name }) => name);
}

/** Notes who moved a branch; with `isGone`, that it was deleted: whoever makes one of its name starts anew. */
export function notePusher(db: Db, move: { repositoryId: number; ref: string; name: string; isGone: boolean }): void {
  const { isGone, ...row } = move;
  if (isGone)
    sql(db, 'DELETE FROM ref_pushers WHERE repository_id = @repositoryId AND ref = @ref').run({
      repositoryId: row.repositoryId,
      ref: row.ref,
    });
  else
    sql(db, 'INSERT OR IGNORE INTO ref_pushers (repository_id, ref, name) VALUES (@repositoryId, @ref, @name)').run(
      row,
    );
}

export function addPullPusher(db: Db, id: number, name: string): void {
  sql(db, 'INSERT OR IGNORE INTO pull_pushers (pull_id, name) VALUES (?, ?)').run(id, name);
}

export function reviewersOf(db: Db, id: number): string[] {
  const rows = sql(db, 'SELECT name FROM pull_reviewers WHERE pull_id = ? ORDER BY name').all(id) as { name: string }[];
  return rows.map(({ name }) => name);
}

/** Whether they were not asked before. */
export function addReviewer(db: Db, id: number, name: string): boolean {
  return sql(db, 'INSERT OR IGNORE INTO pull_reviewers (pull_id, name) VALUES (?, ?)').run(id, name).changes > 0;
}

export interface PullFilter {
  readonly owner: RepoOwner | null;
  readonly name: RepoName | null;
  readonly state: PullState;
  readonly author: string | null;
  /** The name of a label that they have. */
  readonly label: string | null;
  /** Only rows with a smaller id. */
  readonly before: number | null;
}

type RepoPath = { readonly owner: RepoOwner; readonly name: RepoName };
type ListRow = PullRow & RepoPath;

const LIST_PULLS = `SELECT ${PULL_COLUMNS}, repositories.owner, repositories.name FROM pulls
  JOIN repositories ON repositories.id = pulls.repository_id
  WHERE state = @state AND (@owner IS NULL OR owner = @owner) AND (@name IS NULL OR name = @name)
    AND (@author IS NULL OR author = @author) AND (@before IS NULL OR pulls.id < @before)
    AND (@label IS NULL OR EXISTS (SELECT 1 FROM pull_labels JOIN labels ON labels.id = label_id
      WHERE pull_id = pulls.id AND labels.name = @label))
  ORDER BY pulls.id DESC`;

/** Pull requests, the newest first, read as they are needed. */
export function* iteratePulls(db: Db, filter: PullFilter): Generator<{ pull: Pull; repository: RepoPath }> {
  for (const row of sql(db, LIST_PULLS).iterate(filter) as IterableIterator<ListRow>)
    yield { pull: toPull(row), repository: { owner: row.owner, name: row.name } };
}

export function viewPull(db: Db, pull: Pull, { owner, name }: RepoPath): PullView {
  const { number, title, author, state, draft, base, head, headOid, openedAt, updatedAt, endedAt, endedBy } = pull;
  const ended = { endedAt, endedBy, mergeCommit: pull.mergeOid };
  return {
    owner,
    name,
    number,
    title,
    author,
    state,
    draft,
    base,
    head,
    commit: headOid,
    labels: viewLabels(db, pull.id),
    openedAt,
    updatedAt,
    ...ended,
  };
}
