import type { Db } from '../../../../store/open-store.ts';
import { sql } from '../../../../store/statements.ts';

export function getMeta(db: Db, key: string): string | null {
  return (sql(db, 'SELECT value FROM meta WHERE key = ?').pluck().get(key) as string | undefined) ?? null;
}

export function setMeta(db: Db, key: string, value: string): void {
  sql(db, 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(
    key,
    value,
  );
}

export function deleteMeta(db: Db, key: string): void {
  sql(db, 'DELETE FROM meta WHERE key = ?').run(key);
}
