import type Database from 'better-sqlite3';
import { inhabitant } from './population.ts';

/** Adds standing reminders, spread over the population; `dueAt` says when the n-th is due, in epoch ms. */
export function seedReminders(db: Database.Database, count: number, dueAt: (n: number) => number): void {
  const insert = db.prepare(
    `INSERT INTO reminders (owner, recipient, due_at, body, state, created_at)
     VALUES (:owner, :owner, :dueAt, :body, 'standing', :createdAt)`,
  );
  const createdAt = Date.now();
  db.transaction(() => {
    for (let n = 0; n < count; n += 1)
      insert.run({ owner: inhabitant(n), dueAt: dueAt(n), body: `look after it, number ${n}`, createdAt });
  })();
}
