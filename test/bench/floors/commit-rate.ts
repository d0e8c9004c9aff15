import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { top } from '../places.ts';

const MESSAGES_PER_COMMIT = 64;
const BODY = 'a message of ordinary length, as agents write them to each other all day long';

/**
 * Messages a second that SQLite alone makes durable: the three rows of a send (message, delivery, event),
 * 64 sends to a commit, WAL and synchronous=FULL, hived's own tables and indexes.
 */
export function measureCommitRate(dir: string, forMs: number): number {
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
      for (let n = 0; n < MESSAGES_PER_COMMIT; n += 1) {
        id += 1;
        message.run(id, id, Date.now());
        delivery.run(id);
        event.run(Date.now(), JSON.stringify({ id, thread: id, from: 'manager', to: 'scout', preview: BODY }));
      }
    });
    const from = performance.now();
    while (performance.now() - from < forMs) commit.immediate();
    return (id / (performance.now() - from)) * 1_000;
  } finally {
    db.close();
  }
}
