import type Database from 'better-sqlite3';

const KINDS = ['turn.text', 'message.sent', 'turn.tool_call', 'turn.started'];
const DATA = JSON.stringify({
  text: 'what an agent says in a turn, and what a tool answers to it, over some lines'.repeat(3),
});

/** Fills the log with `count` events of an agent, all past every retention, half of them transcripts. */
export function seedOldEvents(db: Database.Database, count: number): void {
  const insert = db.prepare("INSERT INTO events (at, kind, agent, data) VALUES (1, ?, 'manager', ?)");
  db.transaction(() => {
    // Events are ordered by creation: a young one before them would end retention's walk.
    db.exec('UPDATE events SET at = 1');
    for (let n = 0; n < count; n += 1) insert.run(KINDS[n % KINDS.length], DATA);
  })();
}

/** The number of old events that are left. */
export function countOldEvents(db: Database.Database): number {
  return db.prepare('SELECT COUNT(*) FROM events WHERE at = 1').pluck().get() as number;
}
