import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** A secret's name, and the agent or role (`@role:<role>`) that has it. */
export interface SecretGrant {
  readonly secret: string;
  readonly subject: string;
}

/** Whether it was new. */
export function insertGrant(db: Db, { secret, subject }: SecretGrant, at: number): boolean {
  const insert = sql(db, 'INSERT INTO secret_grants (secret, subject, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  return insert.run(secret, subject, at).changes > 0;
}

/** Whether there was one. */
export function deleteGrant(db: Db, { secret, subject }: SecretGrant): boolean {
  return sql(db, 'DELETE FROM secret_grants WHERE secret = ? AND subject = ?').run(secret, subject).changes > 0;
}

export function deleteGrantsOfSecret(db: Db, secret: string): void {
  sql(db, 'DELETE FROM secret_grants WHERE secret = ?').run(secret);
}

export function deleteGrantsOfAgent(db: Db, agent: string): void {
  sql(db, 'DELETE FROM secret_grants WHERE subject = ?').run(agent);
}

export function listGrants(db: Db): SecretGrant[] {
  return sql(db, 'SELECT secret, subject FROM secret_grants ORDER BY secret, subject').all() as SecretGrant[];
}
