import { createHash } from 'node:crypto';
import { HiveError } from '../../../../protocol/errors.ts';
import { findTimerByKey, setTimerKey } from './store/timers.ts';
import type { Tx } from '../../core/writer.ts';
import { KEY_MS } from '../mail/post.ts';

/** What is set, and under which key; without one nothing is a repeat. */
export interface Keyed {
  table: 'reminders' | 'schedules';
  owner: string;
  key: string | undefined;
  /** What was asked, the key left out. Its text, not when it came, says whether it is the same. */
  asked: object;
}

/**
 * The id of what the same request set before; null when it is a new one. A reminder is known however it ended, a
 * schedule until it is cancelled, both for a day. Throws `key_conflict` when the key was used for something else.
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

/** To be called in the transaction that asked `findRepeat`. */
export function rememberKey(tx: Tx, { table, key, asked }: Keyed, id: number): void {
  if (key !== undefined) setTimerKey(tx.db, { table, id }, { key, asked: digest(asked) });
}

function digest(asked: object): string {
  const parts = Object.entries(asked)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
