import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

/** A changed ref; null stands for a missing one. The shape of a `forge.pushed` fact. */
export interface RefChange {
  readonly ref: string;
  readonly old: string | null;
  readonly new: string | null;
}

/** A ref's object id as last recorded; null: it was not there. */
export function findRef(db: Db, repositoryId: number, name: string): string | null {
  const row = sql(db, 'SELECT oid FROM refs WHERE repository_id = ? AND name = ?').get(repositoryId, name);
  return (row as { oid: string } | undefined)?.oid ?? null;
}

/** Ref name → object id, as last recorded. */
export function knownRefs(db: Db, repositoryId: number): Map<string, string> {
  const rows = sql(db, 'SELECT name, oid FROM refs WHERE repository_id = ?').all(repositoryId) as {
    name: string;
    oid: string;
  }[];
  return new Map(rows.map(({ name, oid }) => [name, oid]));
}

export function applyRefChanges(db: Db, repositoryId: number, changes: readonly RefChange[]): void {
  const remove = sql(db, 'DELETE FROM refs WHERE repository_id = ? AND name = ?');
  const put = sql(db, 'INSERT OR REPLACE INTO refs (repository_id, name, oid) VALUES (?, ?, ?)');
  for (const change of changes) {
    if (change.new === null) remove.run(repositoryId, change.ref);
    else put.run(repositoryId, change.ref, change.new);
  }
}

/** The changes from `before` to `after`, ordered by ref. */
export function diffRefs(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): RefChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .map((ref) => ({ ref, old: before.get(ref) ?? null, new: after.get(ref) ?? null }))
    .filter((change) => change.old !== change.new);
}
