import { setImmediate as hearOthers } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { PER_THREAD, recipientOf, senderOf } from './population.ts';
import { textOf } from './texts.ts';

/** The number of newest messages that wait in mailboxes; all older ones were handled. */
const QUEUED = 400;
/** Rows of one transaction. */
const STEP = 500_000;
/** The messages are spread evenly over this many days, within every retention. */
const DAYS = 5;
const DAY_MS = 86_400_000;

/**
 * Fills a fresh store with `count` messages, one delivery each, in threads of ten between two of the population, and
 * their full-text index. Events and turns are left out: they are only ever appended. Ten million take about three
 * minutes.
 */
export async function seedMessages(db: Database.Database, count: number): Promise<void> {
  if (db.prepare('SELECT 1 FROM messages LIMIT 1').get() !== undefined)
    throw new Error('the store has messages already');
  db.function('text_of', { deterministic: true }, textOf);
  db.function('sender_of', { deterministic: true }, senderOf);
  db.function('recipient_of', { deterministic: true }, recipientOf);
  const dropped = dropIndexes(db);
  const parts = { count, now: Date.now(), step: (DAYS * DAY_MS) / count };
  for (let from = 1; from <= count; from += STEP) {
    db.transaction(() => insertRange(db, { ...parts, from, to: Math.min(count, from + STEP - 1) }))();
    await hearOthers();
  }
  for (const sql of [...dropped, MAILBOXES]) {
    db.exec(sql);
    await hearOthers();
  }
  // Agents see no messages from before their creation.
  db.prepare('UPDATE agents SET created_at = ?').run(parts.now - DAYS * DAY_MS);
  db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('search.upto', ?)").run(String(count));
}

/**
 * Filling tables and building their indexes afterwards is far faster than updating them row by row. Returns the
 * statements that create them again.
 */
function dropIndexes(db: Database.Database): string[] {
  const found = db
    .prepare(
      `SELECT type, name, sql FROM sqlite_master
       WHERE type IN ('index', 'trigger') AND tbl_name IN ('messages', 'deliveries', 'threads') AND sql IS NOT NULL`,
    )
    .all() as { type: string; name: string; sql: string }[];
  for (const { type, name } of found) db.exec(`DROP ${type} ${name}`);
  return found.map(({ sql }) => sql);
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Time of the newest message (epoch ms), and ms between two. */
  readonly now: number;
  readonly step: number;
}

const BEGINNING = `id - (id - 1) % ${PER_THREAD}`;
const IDS = 'WITH RECURSIVE ids (id) AS (SELECT :from UNION ALL SELECT id + 1 FROM ids WHERE id < :to)';
const AT = 'CAST(:now - (:count - id) * :step AS INTEGER)';

function insertRange(db: Database.Database, range: Range): void {
  const { from, to, count, now, step } = range;
  db.prepare(
    `${IDS} INSERT INTO messages (id, thread, in_reply_to, sender, recipient, kind, body, at)
     SELECT id, ${BEGINNING}, CASE WHEN (id - 1) % ${PER_THREAD} = 0 THEN NULL ELSE id - 1 END,
       sender_of(id), recipient_of(id), 'note', text_of(id), ${AT} FROM ids`,
  ).run({ from, to, count, now, step });
  db.prepare(
    `INSERT INTO deliveries (id, message_id, recipient, state, order_key, bytes, attempts, leased_at, in_context_at, ended_at)
     SELECT id, id, recipient, CASE WHEN id > :waiting THEN 'queued' ELSE 'done' END, at + 20000, length(body),
       id <= :waiting, CASE WHEN id <= :waiting THEN at + 10 END, CASE WHEN id <= :waiting THEN at + 20 END,
       CASE WHEN id <= :waiting THEN at + 5000 END
     FROM messages WHERE id BETWEEN :from AND :to`,
  ).run({ from, to, waiting: count - QUEUED });
  db.prepare(
    `INSERT INTO threads (id, last_id, messages)
     SELECT id, min(id + ${PER_THREAD - 1}, :count), min(id + ${PER_THREAD - 1}, :count) - id + 1
     FROM messages WHERE id BETWEEN :from AND :to AND id = thread`,
  ).run({ from, to, count });
  db.prepare(
    'INSERT INTO message_words (rowid, body) SELECT id, body FROM messages WHERE id BETWEEN :from AND :to',
  ).run({ from, to });
}

const MAILBOXES = `INSERT INTO mailboxes (owner, queued, bytes)
  SELECT recipient, COUNT(*), SUM(bytes) FROM deliveries WHERE state = 'queued' GROUP BY recipient`;
