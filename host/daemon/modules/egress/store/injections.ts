import type { InjectionView } from '../../../../../protocol/injections.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

export type NewInjection = Omit<InjectionView, 'id' | 'createdAt'> & { at: number };

/** Every injection, in the order of their subjects and hosts. */
export function listInjections(db: Db): InjectionView[] {
  return sql(
    db,
    `SELECT id, subject, host, port, secret, header, scheme, user, created_at AS createdAt FROM egress_injections
     ORDER BY subject, host, port`,
  ).all() as InjectionView[];
}

/** Stores an injection, in place of the one with the same subject, host and port. */
export function putInjection(db: Db, given: NewInjection): InjectionView {
  const { subject, host, port } = given;
  sql(db, 'DELETE FROM egress_injections WHERE subject = ? AND host = ? AND port = ?').run(subject, host, port);
  return sql(
    db,
    `INSERT INTO egress_injections (subject, host, port, secret, header, scheme, user, created_at)
     VALUES (@subject, @host, @port, @secret, @header, @scheme, @user, @at)
     RETURNING id, subject, host, port, secret, header, scheme, user, created_at AS createdAt`,
  ).get(given) as InjectionView;
}

/** Deletes an injection and returns it; null when there is none of that id. */
export function deleteInjection(db: Db, id: number): InjectionView | null {
  const row = sql(
    db,
    `DELETE FROM egress_injections WHERE id = ?
     RETURNING id, subject, host, port, secret, header, scheme, user, created_at AS createdAt`,
  ).get(id) as InjectionView | undefined;
  return row ?? null;
}

/** Deletes the injections of a secret that is removed. */
export function deleteInjectionsOfSecret(db: Db, secret: string): void {
  sql(db, 'DELETE FROM egress_injections WHERE secret = ?').run(secret);
}

export function deleteInjectionsOf(db: Db, subject: string): void {
  sql(db, 'DELETE FROM egress_injections WHERE subject = ?').run(subject);
}
