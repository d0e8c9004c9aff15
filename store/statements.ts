import type { Statement } from 'better-sqlite3';
import type { Db } from './open-store.ts';

const cache = new WeakMap<Db, Map<string, Statement>>();

/** A statement of a database, prepared once. Its text is the key: it must be a constant, with values as parameters. */
export function sql(db: Db, text: string): Statement {
  let statements = cache.get(db);
  if (statements === undefined) cache.set(db, (statements = new Map()));
  let statement = statements.get(text);
  if (statement === undefined) statements.set(text, (statement = db.prepare(text)));
  return statement;
}

/** A statement's text for each key, made once: for statements that differ in what cannot be a parameter, as a table. */
export function textPerKey<K extends string>(keys: readonly K[], text: (key: K) => string): Record<K, string> {
  return Object.fromEntries(keys.map((key) => [key, text(key)])) as Record<K, string>;
}
