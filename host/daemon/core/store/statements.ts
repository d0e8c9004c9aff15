import type { Statement } from 'better-sqlite3';
import type { Db } from '../../../../store/open-store.ts';

const cache = new WeakMap<Db, Map<string, Statement>>();

/** Prepares a statement once for each database. The text is its own key, so it must be constant. */
export function sql(db: Db, text: string): Statement {
  let statements = cache.get(db);
  if (statements === undefined) cache.set(db, (statements = new Map()));
  let statement = statements.get(text);
  if (statement === undefined) statements.set(text, (statement = db.prepare(text)));
  return statement;
}
