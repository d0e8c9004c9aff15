import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { quantile } from '../figure.ts';
import { top } from '../places.ts';

const BODY = 'a message of ordinary length, as agents write them to each other all day long';

/** The commit speed of SQLite alone on this disk. */
export interface Commits {
  /** Durable messages a second. */
  readonly rate: number;
  /** Milliseconds of one commit with its inserts. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * Commits the rows of a send (message, thread, delivery, event), `perCommit` sends at a time, each to `recipients`
 * recipients (default one): WAL and synchronous=FULL, hived's own tables, indexes and triggers, in `dir`.
 */
export function measureCommits(dir: string, run: { perCommit: number; recipients?: number; forMs: number }): Commits {
  const db = new Database(join(dir, `floor-${performance.now()}.db`));
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    for (const sql of readMigrations()) db.exec(sql);
    db.pragma('foreign_keys = ON');
    const send = prepareSend(db, run.recipients ?? 1);
    let id = 0;
    const commit = db.transaction(() => {
      for (let n = 0; n < run.perCommit; n += 1) send((id += 1));
    });
    const times: number[] = [];
    const from = performance.now();
    for (let now = from; now - from < run.forMs;) {
      commit.immediate();
      const then = performance.now();
      times.push(then - now);
      now = then;
    }
    const took = performance.now() - from;
    return { rate: (id / took) * 1_000, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  } finally {
    db.close();
  }
}

function prepareSend(db: Database.Database, recipients: number): (id: number) => void {
  const message = db.prepare(
    `INSERT INTO messages (id, thread, sender, recipient, kind, body, at) VALUES (?, ?, 'manager', 'scout', 'note', '${BODY}', ?)`,
  );
  const thread = db.prepare('INSERT INTO threads (id, last_id) VALUES (?, ?)');
  const delivery = db.prepare(
    `INSERT INTO deliveries (message_id, recipient, state, order_key, bytes) VALUES (?, ?, 'queued', ?, ${BODY.length})`,
  );
  const event = db.prepare("INSERT INTO events (at, kind, agent, data) VALUES (?, 'message.sent', 'manager', ?)");
  const names = Array.from({ length: recipients }, (_, n) => `scout-${n}`);
  return (id) => {
    const now = Date.now();
    message.run(id, id, now);
    thread.run(id, id);
    for (const name of names) delivery.run(id, name, now + 20_000);
    event.run(now, JSON.stringify({ id, thread: id, from: 'manager', to: 'scout', preview: BODY }));
  };
}

/** hived's schema after all migrations. */
export function readMigrations(): string[] {
  const dir = join(top, 'host/daemon/core/store/migrations');
  const files = readdirSync(dir).filter((file) => file.endsWith('.sql'));
  return files.toSorted().map((file) => readFileSync(join(dir, file), 'utf8'));
}
