import type { CheckArtifact } from '../../protocol/schemas/check.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** Takes the room of an artifact whose bytes are to come; null: the run has one of that name. */
export function reserveArtifact(db: Db, of: { run: number; name: string; bytes: number; at: number }): number | null {
  const text = `INSERT INTO check_artifacts (run_id, name, bytes, at) VALUES (@run, @name, @bytes, @at)
    ON CONFLICT (run_id, name) DO NOTHING RETURNING id`;
  return (sql(db, text).get(of) as { id: number } | undefined)?.id ?? null;
}

/** Its bytes are there. False: it was deleted meanwhile. */
export function markStored(db: Db, id: number): boolean {
  return sql(db, 'UPDATE check_artifacts SET is_stored = 1 WHERE id = ?').run(id).changes > 0;
}

export function deleteArtifact(db: Db, id: number): void {
  sql(db, 'DELETE FROM check_artifacts WHERE id = ?').run(id);
}

export function deleteArtifactsOfRun(db: Db, run: number): void {
  sql(db, 'DELETE FROM check_artifacts WHERE run_id = ?').run(run);
}

/** Those whose bytes a forge that is gone did not receive to their end. */
export function deleteUnstored(db: Db): void {
  sql(db, 'DELETE FROM check_artifacts WHERE is_stored = 0').run();
}

export function deleteArtifactsBefore(db: Db, before: number): void {
  sql(db, 'DELETE FROM check_artifacts WHERE at < ?').run(before);
}

const OF_RUN = 'SELECT id, name, bytes, at FROM check_artifacts WHERE run_id = ? AND is_stored = 1 ORDER BY id';

/** The artifacts of a run, in the order in which they came. */
export function artifactsOfRun(db: Db, run: number): CheckArtifact[] {
  return sql(db, OF_RUN).all(run) as CheckArtifact[];
}

/** One of a run's artifacts; null: it has none of that id. */
export function findArtifact(db: Db, of: { run: number; id: number }): CheckArtifact | null {
  const text = `SELECT id, name, bytes, at FROM check_artifacts WHERE id = @id AND run_id = @run AND is_stored = 1`;
  return (sql(db, text).get(of) as CheckArtifact | undefined) ?? null;
}

/** How much a run has, with what is still coming. */
export function sumOfRun(db: Db, run: number): { files: number; bytes: number } {
  const text = 'SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes FROM check_artifacts WHERE run_id = ?';
  return sql(db, text).get(run) as { files: number; bytes: number };
}

export function sumOfArtifacts(db: Db): number {
  return (sql(db, 'SELECT coalesce(sum(bytes), 0) AS bytes FROM check_artifacts').get() as { bytes: number }).bytes;
}

/** Deletes the oldest artifact of the owner who has most, but none of `except`. False: there is no other. */
export function deleteOldestOfLargest(db: Db, except: number): boolean {
  const text = `DELETE FROM check_artifacts WHERE id = (
    WITH owned AS (SELECT check_artifacts.id, run_id, bytes, at, owner FROM check_artifacts
      JOIN check_runs ON check_runs.id = run_id JOIN check_suites ON check_suites.id = suite_id
      JOIN repositories ON repositories.id = repository_id WHERE run_id <> @except)
    SELECT id FROM owned
    WHERE owner = (SELECT owner FROM owned GROUP BY owner ORDER BY sum(bytes) DESC LIMIT 1)
    ORDER BY at, id LIMIT 1)`;
  return sql(db, text).run({ except }).changes > 0;
}

export function isArtifact(db: Db, id: number): boolean {
  return sql(db, 'SELECT 1 FROM check_artifacts WHERE id = ?').get(id) !== undefined;
}
