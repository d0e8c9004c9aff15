import { HiveError } from '../../../../protocol/errors.ts';
import { sql } from '../../../../store/statements.ts';
import { nestTx } from '../nested-tx.ts';
import type { Tx } from '../writer.ts';

/**
 * Runs one of several jobs in a transaction. When it throws a HiveError, its writes are rolled back and none of its
 * effects run, but the transaction continues, and the error is returned. Any other error is rethrown.
 */
export function attempt<T>(tx: Tx, job: (tx: Tx) => T): { ok: true; value: T } | { ok: false; error: HiveError } {
  const { inner, keep } = nestTx(tx);
  sql(tx.db, 'SAVEPOINT attempt').run();
  try {
    const value = job(inner);
    sql(tx.db, 'RELEASE attempt').run();
    keep();
    return { ok: true, value };
  } catch (error) {
    // A disk error may have ended the whole transaction.
    if (!(error instanceof HiveError) || !tx.db.inTransaction) throw error;
    sql(tx.db, 'ROLLBACK TO attempt').run();
    sql(tx.db, 'RELEASE attempt').run();
    return { ok: false, error };
  }
}
