import { createHash } from 'node:crypto';
import { HiveError } from '../../../../protocol/errors.ts';
import { findTimerByKey, setTimerKey } from './store/timers.ts';
import type { Tx } from '../../core/writer.ts';
import { KEY_MS } from '../mail/post.ts';

/** The table, owner and idempotency key of a request; without a key nothing dedupes. */
export interface Keyed {
  table: 'reminders' | 'schedules';
  owner: string;
  key: string | undefined;
  /** The request without its key. Its content, not its time, decides whether it is the same. */
  asked: object;
}

/**
 * The id from an earlier request with the same key and content; null for a new one. A reminder is found
 * however it ended, a schedule until it is cancelled, both for a day. Throws `key_conflict` when the key was
 * used for another request.
 */
export function findRepeat(tx: Tx, { table, owner, key, asked }: Keyed, now: number): number | null {
  if (key === undefined) return null;
  const before = findTimerByKey(tx.db, table, { owner, key });
  if (before === null) return null;
  if (before.createdAt <= now - KEY_MS) {
    setTimerKey(tx.db, { table, id: before.id }, { key: null, asked: null });
    return null;
  }
  if (before.asked !== digest(asked))
    throw new HiveError(
      'key_conflict',
      `The key "${key}" was used for another one (${table === 'reminders' ? 'reminder' : 'schedule'} #${before.id}). Use a new key.`,
    );
  return before.id;
}

/** Stores the key; call it in the transaction that called `findRepeat`. */
export function rememberKey(tx: Tx, { table, key, asked }: Keyed, id: number): void {
  if (key !== undefined) setTimerKey(tx.db, { table, id }, { key, asked: digest(asked) });
}

function digest(asked: object): string {
  const parts = Object.entries(asked)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
