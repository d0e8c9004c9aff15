import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { quantile } from '../figure.ts';
import { top } from '../places.ts';

const BODY = 'a message of ordinary length, as agents write them to each other all day long';

/** What SQLite alone makes of this disk. */
export interface Commits {
  /** Messages made durable, a second. */
  readonly rate: number;
  /** Milliseconds of one commit with its inserts. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * Commits the three rows of a send (message, delivery, event), `perCommit` sends at a time: WAL and
 * synchronous=FULL, hived's own tables and indexes, in `dir`.
 */
export function measureCommits(dir: string, run: { perCommit: number; forMs: number }): Commits {
  const db = new Database(join(dir, `floor-${performance.now()}.db`));
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.exec(readFileSync(join(top, 'host/daemon/store/migrations/0001_init.sql'), 'utf8'));
    const message = db.prepare(
      `INSERT INTO messages (id, thread, sender, recipient, kind, body, at) VALUES (?, ?, 'manager', 'scout', 'note', '${BODY}', ?)`,
    );
    const delivery = db.prepare("INSERT INTO deliveries (message_id, recipient, state) VALUES (?, 'scout', 'queued')");
    const event = db.prepare("INSERT INTO events (at, kind, agent, data) VALUES (?, 'message.sent', 'manager', ?)");
    let id = 0;
    const commit = db.transaction(() => {
      for (let n = 0; n < run.perCommit; n += 1) {
        id += 1;
        message.run(id, id, Date.now());
        delivery.run(id);
        event.run(Date.now(), JSON.stringify({ id, thread: id, from: 'manager', to: 'scout', preview: BODY }));
      }
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
