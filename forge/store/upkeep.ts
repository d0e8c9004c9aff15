import * as z from 'zod';
import type { UpkeepView } from '../../protocol/schemas/upkeep.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** What is known about the maintenance of a repository. Times are epoch milliseconds; null: never. */
export interface UpkeepRow {
  readonly packs: number;
  readonly loose: number;
  readonly lookedAt: number;
  readonly workedAt: number | null;
  readonly workedMs: number;
  readonly did: readonly string[];
  /** Why the last run did not do what was due. */
  readonly trouble: string | null;
  readonly packedAt: number | null;
  readonly graphVersion: number | null;
  readonly prunedAt: number | null;
  readonly prunedVersion: number | null;
  readonly interrupted: number;
  readonly nextAt: number;
}

const steps = z.array(z.string());

export function findUpkeep(db: Db, repositoryId: number): UpkeepRow | null {
  const text = `SELECT packs, loose, looked_at AS lookedAt, worked_at AS workedAt, worked_ms AS workedMs, did, trouble,
      packed_at AS packedAt, graph_version AS graphVersion, pruned_at AS prunedAt, pruned_version AS prunedVersion,
      interrupted, next_at AS nextAt
    FROM upkeep WHERE repository_id = ?`;
  const row = sql(db, text).get(repositoryId) as (Omit<UpkeepRow, 'did'> & { did: string }) | undefined;
  return row === undefined ? null : { ...row, did: steps.parse(JSON.parse(row.did)) };
}

/** All repositories with their maintenance, ordered by owner and name; one of them when `id` is given. */
export function viewUpkeep(db: Db, id: number | null = null): UpkeepView[] {
  const rows = sql(
    db,
    `SELECT owner, name, size_bytes AS sizeBytes, objects, packs, loose, worked_at AS workedAt,
         coalesce(worked_ms, 0) AS workedMs, coalesce(did, '[]') AS did, trouble, upkeep.next_at AS nextAt,
         checked_at AS checkedAt, coalesce(json_array_length(findings), 0) AS findings
       FROM repositories LEFT JOIN upkeep ON upkeep.repository_id = repositories.id
         LEFT JOIN fscks ON fscks.repository_id = repositories.id
       WHERE @id IS NULL OR repositories.id = @id ORDER BY owner, name_key`,
  ).all({ id }) as (Omit<UpkeepView, 'did'> & { did: string })[];
  return rows.map((row) => ({ ...row, did: steps.parse(JSON.parse(row.did)) }));
}

/** Does nothing when the repository is gone. */
export function putUpkeep(db: Db, repositoryId: number, row: UpkeepRow): void {
  sql(
    db,
    `INSERT OR REPLACE INTO upkeep (repository_id, packs, loose, looked_at, worked_at, worked_ms, did, trouble,
         packed_at, graph_version, pruned_at, pruned_version, interrupted, next_at)
       SELECT @repositoryId, @packs, @loose, @lookedAt, @workedAt, @workedMs, @did, @trouble, @packedAt, @graphVersion,
         @prunedAt, @prunedVersion, @interrupted, @nextAt
       WHERE EXISTS (SELECT 1 FROM repositories WHERE id = @repositoryId)`,
  ).run({ ...row, repositoryId, did: JSON.stringify(row.did) });
}

/**
 * The repository whose look is due for the longest time; null: none is. One that is due later than `latest` is due, too:
 * the clock was set back.
 */
export function nextDueUpkeep(db: Db, { now, latest }: { now: number; latest: number }): number | null {
  const text = `SELECT repositories.id AS id FROM repositories LEFT JOIN upkeep ON repository_id = repositories.id
    WHERE next_at IS NULL OR next_at <= @now OR next_at > @latest ORDER BY next_at LIMIT 1`;
  return (sql(db, text).get({ now, latest }) as { id: number } | undefined)?.id ?? null;
}

/** Commits that pull requests name: those of open ones, and what ended ones are shown against. */
export function commitsOfPulls(db: Db, repositoryId: number): string[] {
  const text = `SELECT e.oid FROM pull_entries AS e JOIN pulls AS p ON p.id = e.pull_id
      WHERE p.repository_id = @repositoryId AND p.state = 'open'
    UNION SELECT e.fork FROM pull_entries AS e JOIN pulls AS p ON p.id = e.pull_id
      WHERE p.repository_id = @repositoryId AND p.state = 'open' AND e.fork IS NOT NULL
    UNION SELECT e.stands_for FROM pull_entries AS e JOIN pulls AS p ON p.id = e.pull_id
      WHERE p.repository_id = @repositoryId AND p.state = 'open' AND e.stands_for IS NOT NULL
    UNION SELECT head_oid FROM pulls WHERE repository_id = @repositoryId AND state = 'open'
    UNION SELECT ended_base_oid FROM pulls WHERE repository_id = @repositoryId AND ended_base_oid IS NOT NULL
    UNION SELECT merge_oid FROM pulls WHERE repository_id = @repositoryId AND merge_oid IS NOT NULL`;
  return (sql(db, text).all({ repositoryId }) as { oid: string }[]).map(({ oid }) => oid);
}

/** Stores what the disk has, where no ref moved. */
export function storeObjects(db: Db, id: number, measured: { bytes: number; objects: number }): void {
  sql(db, 'UPDATE repositories SET size_bytes = @bytes, objects = @objects WHERE id = @id').run({ ...measured, id });
}

/** Epoch milliseconds. */
export function createdAtOf(db: Db, id: number): number {
  const row = sql(db, 'SELECT created_at AS at FROM repositories WHERE id = ?').get(id) as { at: number } | undefined;
  return row?.at ?? 0;
}
