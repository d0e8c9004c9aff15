import type Database from 'better-sqlite3';
/** Owner and due time (epoch ms) of the n-th reminder to be inserted. */
export type Reminder = (n: number) => { owner: string; dueAt: number };

/** Inserts this many standing reminders. */
export function seedReminders(db: Database.Database, count: number, reminder: Reminder): void {
  const insert = db.prepare(
    `INSERT INTO reminders (owner, recipient, due_at, body, state, created_at)
     VALUES (:owner, :owner, :dueAt, :body, 'standing', :createdAt)`,
  );
  const createdAt = Date.now();
  db.transaction(() => {
    for (let n = 0; n < count; n += 1) insert.run({ ...reminder(n), body: `look after it, number ${n}`, createdAt });
  })();
}
