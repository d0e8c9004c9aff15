import * as z from 'zod';
import { baseUrl, providerKind, providerName } from '../../../../../protocol/schemas/provider.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

const addedProvider = z.object({ id: z.string(), name: providerName, kind: providerKind, baseUrl });
/** A provider that the operator added. */
export type AddedProvider = z.infer<typeof addedProvider>;

/** The added providers, by name. */
export function listAdded(db: Db): AddedProvider[] {
  return z
    .array(addedProvider)
    .parse(sql(db, 'SELECT id, name, kind, base_url AS baseUrl FROM providers ORDER BY name').all());
}

/** The name must be free. */
export function insertProvider(db: Db, provider: AddedProvider & { at: number }): void {
  sql(db, 'INSERT INTO providers (id, name, kind, base_url, created_at) VALUES (@id, @name, @kind, @baseUrl, @at)').run(
    provider,
  );
}

export function renameAdded(db: Db, id: string, name: string): void {
  sql(db, 'UPDATE providers SET name = ? WHERE id = ?').run(name, id);
}

export function deleteProvider(db: Db, id: string): void {
  sql(db, 'DELETE FROM providers WHERE id = ?').run(id);
}
