import type { CacheView } from '../../protocol/schemas/check.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** Where a cache belongs: runs for the same branch of the same repository read it. */
export interface CachePlace {
  readonly repositoryId: number;
  readonly branch: string;
  readonly template: string;
  readonly key: string;
}

/** A cache whose bytes are there. */
export interface StoredCache {
  readonly id: number;
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}

const COUNTING = `SELECT id, key, sha256, bytes FROM check_caches
  WHERE repository_id = @repositoryId AND branch = @branch AND counts = 1`;
const BY_KEY = `${COUNTING} AND key = @key`;
const BY_TEMPLATE = `${COUNTING} AND template = @template ORDER BY at DESC, id DESC LIMIT 1`;

/** The cache of that key; null: there is none that counts. */
export function findCache(db: Db, { repositoryId, branch, key }: CachePlace): StoredCache | null {
  const found = sql(db, BY_KEY).get({ repositoryId, branch, key });
  return (found as StoredCache | undefined) ?? null;
}

/** The newest one of another key with the same template. */
export function findSimilarCache(db: Db, { repositoryId, branch, template }: CachePlace): StoredCache | null {
  return (sql(db, BY_TEMPLATE).get({ repositoryId, branch, template }) as StoredCache | undefined) ?? null;
}

export function noteCacheUse(db: Db, id: number, at: number): void {
  sql(db, 'UPDATE check_caches SET used_at = ? WHERE id = ?').run(at, id);
}

/** Takes the room of a cache whose bytes are to come; null: the run has saved this one. */
export function reserveCache(
  db: Db,
  { run, bytes, at, ...place }: CachePlace & { run: number; bytes: number; at: number },
): number | null {
  const text = `INSERT INTO check_caches (repository_id, branch, template, key, run_id, bytes, at, used_at)
    VALUES (@repositoryId, @branch, @template, @key, @run, @bytes, @at, @at)
    ON CONFLICT (run_id, key) DO NOTHING RETURNING id`;
  return (sql(db, text).get({ ...place, run, bytes, at }) as { id: number } | undefined)?.id ?? null;
}

/** Its bytes are there. False: it was deleted meanwhile. */
export function setCacheContent(db: Db, id: number, { sha256, bytes }: { sha256: string; bytes: number }): boolean {
  const text = 'UPDATE check_caches SET sha256 = @sha256, bytes = @bytes WHERE id = @id';
  return sql(db, text).run({ id, sha256, bytes }).changes > 0;
}

export function deleteCache(db: Db, id: number): void {
  sql(db, 'DELETE FROM check_caches WHERE id = ?').run(id);
}

export function deleteUnstoredCaches(db: Db): void {
  sql(db, 'DELETE FROM check_caches WHERE sha256 IS NULL').run();
}

/**
 * Caches that wait, of runs that passed in a suite that passed, whose commit has been merged into the branch of the
 * cache: as the commit of a merge queue, or as the head of a pull request onto the base that it was checked with.
 */
export function mergedCaches(db: Db): (StoredCache & CachePlace)[] {
  return sql(db, MERGED).all() as (StoredCache & CachePlace)[];
}

const MERGED = `SELECT check_caches.id, check_caches.repository_id AS repositoryId, check_caches.branch, template, key,
    sha256, bytes
  FROM check_caches JOIN check_runs ON check_runs.id = run_id JOIN check_suites ON check_suites.id = suite_id
  WHERE counts = 0 AND sha256 IS NOT NULL AND check_runs.state = 'passed' AND check_suites.state = 'passed'
    AND CASE purpose
      WHEN 'queue' THEN EXISTS (SELECT 1 FROM pulls WHERE pulls.repository_id = check_caches.repository_id
        AND pulls.merge_oid = commit_oid AND pulls.state = 'merged' AND pulls.base = check_caches.branch)
      ELSE EXISTS (SELECT 1 FROM pulls WHERE pulls.repository_id = check_caches.repository_id
        AND pulls.number = check_suites.pull AND pulls.state = 'merged' AND pulls.base = check_caches.branch
        AND pulls.head_oid = check_suites.head_oid AND pulls.ended_base_oid = target_oid) END
  ORDER BY check_caches.id`;

/** Lets a cache count. */
export function letCacheCount(db: Db, id: number): void {
  sql(db, 'UPDATE check_caches SET counts = 1 WHERE id = ?').run(id);
}

/** Bytes of those that count, or of those that wait. */
export function sumOfCaches(db: Db, counts: boolean): number {
  const text = 'SELECT coalesce(sum(bytes), 0) AS bytes FROM check_caches WHERE counts = ?';
  return (sql(db, text).get(counts ? 1 : 0) as { bytes: number }).bytes;
}

/** Deletes the one that was used longest ago, of the owner who has most of that kind. False: there is no other. */
export function deleteLeastUsedOfLargest(db: Db, { counts, except }: { counts: boolean; except: number }): boolean {
  const text = `DELETE FROM check_caches WHERE id = (
    WITH owned AS (SELECT check_caches.id, bytes, used_at, owner FROM check_caches
      JOIN repositories ON repositories.id = repository_id WHERE counts = @counts AND check_caches.id <> @except)
    SELECT id FROM owned
    WHERE owner = (SELECT owner FROM owned GROUP BY owner ORDER BY sum(bytes) DESC LIMIT 1)
    ORDER BY used_at, id LIMIT 1)`;
  return sql(db, text).run({ counts: counts ? 1 : 0, except }).changes > 0;
}

/** Deletes caches that nobody used since `before` (epoch ms), and those that wait of runs that are gone. */
export function pruneCaches(db: Db, before: number): void {
  sql(db, 'DELETE FROM check_caches WHERE used_at < ? OR (counts = 0 AND run_id IS NULL)').run(before);
}

export function isContentNeeded(db: Db, sha256: string): boolean {
  return sql(db, 'SELECT 1 FROM check_caches WHERE sha256 = ? LIMIT 1').get(sha256) !== undefined;
}

export function isCacheComing(db: Db, id: number): boolean {
  return sql(db, 'SELECT 1 FROM check_caches WHERE id = ? AND sha256 IS NULL').get(id) !== undefined;
}

const OF_REPOSITORY = `SELECT id, branch, key, bytes, counts, run_id AS run, at, used_at AS usedAt FROM check_caches
  WHERE repository_id = ? AND sha256 IS NOT NULL ORDER BY used_at DESC, id DESC`;

/** The caches of a repository whose bytes are there, those that were used last first. */
export function cachesOfRepository(db: Db, repositoryId: number): CacheView[] {
  const rows = sql(db, OF_REPOSITORY).all(repositoryId) as (Omit<CacheView, 'counts'> & { counts: 0 | 1 })[];
  return rows.map((row) => ({ ...row, counts: row.counts === 1 }));
}

/** Deletes one of a repository's caches, or all of them. Returns how many. */
export function deleteCachesOf(db: Db, repositoryId: number, id: number | null): number {
  const text = 'DELETE FROM check_caches WHERE repository_id = @repositoryId AND (@id IS NULL OR id = @id)';
  return sql(db, text).run({ repositoryId, id }).changes;
}
