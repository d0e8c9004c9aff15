import type Database from 'better-sqlite3';
/** The n-th of the reminders to be put into a store: whose it is, and when it is due in epoch ms. */
export type Reminder = (n: number) => { owner: string; dueAt: number };

/** Adds so many standing reminders. */
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
