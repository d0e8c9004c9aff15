import * as z from 'zod';
import { type ForgeFact, forgeFact, type NewForgeFact } from '../../protocol/schemas/forge-fact.ts';
import type { Db } from '../../store/open-store.ts';
import { sql } from '../../store/statements.ts';

export function addFact(db: Db, { mail = [], data, ...fact }: NewForgeFact): void {
  sql(db, 'INSERT INTO facts (at, kind, made_by, repo, data, mail) VALUES (@at, @kind, @by, @repo, @data, @mail)').run({
    ...fact,
    data: JSON.stringify(data),
    mail: mail.length === 0 ? null : JSON.stringify(mail),
  });
}

/** Facts with a higher id than `after`, oldest first, at most `limit`. */
export function factsAfter(db: Db, after: number, limit: number): ForgeFact[] {
  const rows = sql(
    db,
    'SELECT id, at, kind, made_by AS by, repo, data, mail FROM facts WHERE id > ? ORDER BY id LIMIT ?',
  ).all(after, limit) as (Omit<ForgeFact, 'data' | 'mail'> & { data: string; mail: string | null })[];
  return rows.map((row) =>
    forgeFact.parse({
      ...row,
      data: JSON.parse(row.data) as unknown,
      mail: readMail(row.mail),
    }),
  );
}

/** Facts about one repository with a higher id than `after`, oldest first, at most `limit`. */
export function factsOfRepository(db: Db, of: { repo: string; after: number; limit: number }): ForgeFact[] {
  const rows = sql(
    db,
    'SELECT id, at, kind, made_by AS by, repo, data FROM facts WHERE id > @after AND repo = @repo ORDER BY id LIMIT @limit',
  ).all(of) as (Omit<ForgeFact, 'data' | 'mail'> & { data: string })[];
  return rows.map((row) => forgeFact.parse({ ...row, data: JSON.parse(row.data) as unknown, mail: [] }));
}

/** The id of the newest fact; 0: there is none. */
export function newestFact(db: Db): number {
  return sql(db, 'SELECT coalesce(max(id), 0) FROM facts').pluck().get() as number;
}

/** A row of before carries one message, not a list. */
function readMail(stored: string | null): unknown[] {
  if (stored === null) return [];
  const mail = JSON.parse(stored) as unknown;
  return Array.isArray(mail) ? (mail as unknown[]) : [mail];
}

/** The number of pushes of one author whose facts carried mail since `since` (epoch ms). */
export function countMailed(db: Db, by: string, since: number): number {
  const text = `SELECT count(*) AS count FROM facts WHERE made_by = ? AND mail IS NOT NULL AND at >= ? AND kind IN ('forge.pushed', 'forge.push_lost')`;
  return (sql(db, text).get(by, since) as { count: number }).count;
}

/** Whether this refusal was recorded since `since` (epoch ms): a client that retries is one fact. */
export function refusalKnown(db: Db, refusal: { by: string; repo: string; since: number }): boolean {
  const text = `SELECT 1 FROM facts WHERE kind = 'forge.refused' AND made_by = @by AND repo = @repo AND at >= @since`;
  return sql(db, text).get(refusal) !== undefined;
}

/** The number of refusals of one caller recorded since `since` (epoch ms). */
export function countRefusals(db: Db, by: string, since: number): number {
  const text = `SELECT count(*) AS count FROM facts WHERE kind = 'forge.refused' AND made_by = ? AND at >= ?`;
  return (sql(db, text).get(by, since) as { count: number }).count;
}

/** The recorded pushes of one author that were refused for their secrets, since `since` (epoch ms). */
export function secretRefusals(
  db: Db,
  { by, since }: { by: string; since: number },
): { repo: string; secrets: readonly string[] }[] {
  const text = `SELECT repo, data FROM facts WHERE kind = 'forge.secret_refused' AND made_by = ? AND at >= ?`;
  const rows = sql(db, text).all(by, since) as { repo: string; data: string }[];
  const readSecrets = z.object({ secrets: z.array(z.string()) });
  return rows.map(({ repo, data }) => ({ repo, secrets: readSecrets.parse(JSON.parse(data)).secrets }));
}

/** The number of facts about pull requests that somebody caused since `since` (epoch ms). */
export function countPullFacts(db: Db, by: string, since: number): number {
  const text = `SELECT count(*) AS count FROM facts WHERE kind GLOB 'forge.pull_*' AND made_by = ? AND at >= ?`;
  return (sql(db, text).get(by, since) as { count: number }).count;
}

/** The number of statuses that somebody changed since `since` (epoch ms). */
export function countStatusFacts(db: Db, by: string, since: number): number {
  const text = `SELECT count(*) AS count FROM facts WHERE kind = 'forge.status_set' AND made_by = ? AND at >= ?`;
  return (sql(db, text).get(by, since) as { count: number }).count;
}

/** Deletes facts older than `before` (epoch ms), long after hived copied them into its log. */
export function pruneFacts(db: Db, before: number): void {
  sql(db, 'DELETE FROM facts WHERE at < ?').run(before);
}

/** Facts that may lie between a backup and what hived has read since. */
const AHEAD = 1_000_000;

/** Numbers the next facts of a restored database beyond all that hived may have read: it asks for those that follow. */
export function keepFactsAhead(restored: Db, present: Db): void {
  const lastOf = (db: Db) => {
    const row = sql(db, "SELECT seq FROM sqlite_sequence WHERE name = 'facts'").get() as { seq: number } | undefined;
    return row?.seq ?? 0;
  };
  const seq = Math.max(lastOf(restored), lastOf(present)) + AHEAD;
  const { changes } = sql(restored, "UPDATE sqlite_sequence SET seq = ? WHERE name = 'facts'").run(seq);
  if (changes === 0) sql(restored, "INSERT INTO sqlite_sequence (name, seq) VALUES ('facts', ?)").run(seq);
}
