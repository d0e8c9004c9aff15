import * as z from 'zod';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import type { MirrorDirection } from '../../protocol/schemas/mirror.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** A mirror, with its repository. Times are epoch milliseconds. */
export interface Mirror {
  readonly id: number;
  readonly repositoryId: number;
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly defaultBranch: string;
  /** Of the repository: grows with each change of its branches and tags. */
  readonly refsVersion: number;
  readonly direction: MirrorDirection;
  readonly url: string;
  readonly everyMs: number | null;
  readonly branches: readonly string[];
  readonly isForced: boolean;
  readonly createdAt: number;
  readonly dueAt: number;
  readonly triedAt: number | null;
  readonly okAt: number | null;
  readonly failures: number;
  readonly failingSince: number | null;
  readonly error: string | null;
  readonly isTold: boolean;
  /** `refsVersion` when all was published; null: it is to be published. */
  readonly version: number | null;
}

type Raw = Omit<Mirror, 'branches' | 'isForced' | 'isTold'> & { branches: string; forced: number; told: number };

const SELECT = `SELECT mirrors.id, repository_id AS repositoryId, owner, name, default_branch AS defaultBranch,
  refs_version AS refsVersion, direction, url, every_ms AS everyMs, mirrors.branches, forced,
  mirrors.created_at AS createdAt, due_at AS dueAt, tried_at AS triedAt, ok_at AS okAt, failures,
  failing_since AS failingSince, error, told, version
  FROM mirrors JOIN repositories ON repositories.id = repository_id`;

const LIST = `${SELECT} WHERE @repositoryId IS NULL OR repository_id = @repositoryId ORDER BY owner, name_key, mirrors.id`;
const GET = `${SELECT} WHERE mirrors.id = ?`;

const branchList = z.array(z.string());

function fromRaw({ branches, forced, told, ...row }: Raw): Mirror {
  return { ...row, branches: branchList.parse(JSON.parse(branches)), isForced: forced === 1, isTold: told === 1 };
}

/** In the order of their repositories; of one when its id is given. */
export function listMirrors(db: Db, repositoryId: number | null = null): Mirror[] {
  return (sql(db, LIST).all({ repositoryId }) as Raw[]).map(fromRaw);
}

export function getMirror(db: Db, id: number): Mirror | null {
  const row = sql(db, GET).get(id) as Raw | undefined;
  return row === undefined ? null : fromRaw(row);
}

/** The address that a repository follows; null: it is no pull mirror. */
export function pullMirrorOf(db: Db, repositoryId: number): string | null {
  const text = `SELECT url FROM mirrors WHERE repository_id = ? AND direction = 'pull'`;
  return (sql(db, text).pluck().get(repositoryId) as string | undefined) ?? null;
}

export function countMirrors(db: Db): number {
  return sql(db, 'SELECT count(*) FROM mirrors').pluck().get() as number;
}

export type NewMirror = Pick<Mirror, 'repositoryId' | 'direction' | 'url' | 'everyMs' | 'branches' | 'isForced'>;

/** It is due at once. */
export function insertMirror(db: Db, mirror: NewMirror, at: number): number {
  const { lastInsertRowid } = sql(
    db,
    `INSERT INTO mirrors (repository_id, direction, url, every_ms, branches, forced, created_at, due_at)
       VALUES (@repositoryId, @direction, @url, @everyMs, @branches, @forced, @at, @at)`,
  ).run({
    repositoryId: mirror.repositoryId,
    direction: mirror.direction,
    url: mirror.url,
    everyMs: mirror.everyMs,
    branches: JSON.stringify(mirror.branches),
    forced: mirror.isForced ? 1 : 0,
    at,
  });
  return Number(lastInsertRowid);
}

export function deleteMirror(db: Db, id: number): void {
  sql(db, 'DELETE FROM mirrors WHERE id = ?').run(id);
}

/** Has a mirror tried now. */
export function makeDue(db: Db, id: number, at: number): void {
  sql(db, 'UPDATE mirrors SET due_at = ?, version = NULL WHERE id = ?').run(at, id);
}

export function noteSuccess(db: Db, id: number, at: { at: number; dueAt: number; version: number | null }): void {
  sql(
    db,
    `UPDATE mirrors SET tried_at = @at, ok_at = @at, due_at = @dueAt, version = @version, failures = 0,
       failing_since = NULL, error = NULL, told = 0 WHERE id = @id`,
  ).run({ ...at, id });
}

export function noteFailure(
  db: Db,
  id: number,
  failure: { at: number; dueAt: number; error: string; isTold: boolean },
): void {
  const { isTold, ...rest } = failure;
  sql(
    db,
    `UPDATE mirrors SET tried_at = @at, due_at = @dueAt, failures = failures + 1,
       failing_since = coalesce(failing_since, @at), error = @error, told = @told WHERE id = @id`,
  ).run({ ...rest, told: isTold ? 1 : 0, id });
}

/** What is known of a branch or tag outside: what was published last, and why the last try failed. */
export interface PublishedRef {
  readonly ref: string;
  readonly oid: string | null;
  readonly at: number | null;
  readonly error: string | null;
}

export function publishedRefs(db: Db, mirrorId: number): PublishedRef[] {
  return sql(db, 'SELECT ref, oid, at, error FROM mirror_refs WHERE mirror_id = ? ORDER BY ref').all(
    mirrorId,
  ) as PublishedRef[];
}

/** Stores what became of one branch or tag; null keeps what was published before. */
export function putPublished(
  db: Db,
  mirrorId: number,
  one: { ref: string; oid: string | null; at: number; error: string | null },
): void {
  const { oid, at, ...rest } = one;
  sql(
    db,
    `INSERT INTO mirror_refs (mirror_id, ref, oid, at, error) VALUES (@mirrorId, @ref, @oid, @at, @error)
     ON CONFLICT (mirror_id, ref) DO UPDATE SET
       oid = coalesce(excluded.oid, oid), at = coalesce(excluded.at, at), error = excluded.error`,
  ).run({ ...rest, oid, at: oid === null ? null : at, mirrorId });
}

/** All of a push mirror is published anew. */
export function forgetPublished(db: Db, mirrorId: number): void {
  sql(db, 'UPDATE mirror_refs SET oid = NULL, at = NULL WHERE mirror_id = ?').run(mirrorId);
}

/** Forgets branches and tags that are not there any more. */
export function dropPublished(db: Db, mirrorId: number, ref: string): void {
  sql(db, 'DELETE FROM mirror_refs WHERE mirror_id = ? AND ref = ?').run(mirrorId, ref);
}
