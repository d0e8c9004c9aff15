import { HiveError } from '../../../protocol/errors.ts';
import { storageError } from './storage-error.ts';
import type { Db } from '../../../store/open-store.ts';

/**
 * What a write job works with. Jobs are synchronous, hold nothing but SQL, and may run twice: when
 * one job of a batch throws, the batch is rolled back and its jobs run again one by one.
 */
export interface Tx {
  readonly db: Db;
  /** Runs after the commit is on disk, in order; never when the job was rolled back. */
  after(effect: () => void): void;
}

/**
 * Group commit over one SQLite connection.
 *
 *   idle ──write()──► scheduled ──next loop phase──► committing ──► idle
 *
 * Everything asked for until the commit begins goes into one transaction, so that many callers
 * share one fsync. A promise resolves only after its commit returned with synchronous=FULL.
 */
export interface Writer {
  /** Throws what the job throws; `storage_unavailable` when the disk refused. */
  write<T>(job: (tx: Tx) => T): Promise<T>;
  /** Waits until everything asked for is on disk, and refuses what comes later. */
  close(): Promise<void>;
}

interface Pending {
  job: (tx: Tx) => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

export function createWriter(db: Db): Writer {
  let queue: Pending[] = [];
  let scheduled = false;
  let closed = false;
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');

  /** Runs jobs in one transaction. Returns their results, or throws with nothing written. */
  function commitTogether(batch: readonly Pending[]): { values: unknown[]; effects: (() => void)[] } {
    const effects: (() => void)[] = [];
    const tx: Tx = { db, after: (effect) => effects.push(effect) };
    begin.run();
    try {
      const values = batch.map((pending) => pending.job(tx));
      commit.run();
      return { values, effects };
    } catch (error) {
      if (db.inTransaction) rollback.run();
      throw error;
    }
  }

  function settle(batch: readonly Pending[]): void {
    let done;
    try {
      done = commitTogether(batch);
    } catch (error) {
      const [only] = batch;
      if (batch.length === 1 && only !== undefined) only.reject(storageError(error));
      else for (const pending of batch) settle([pending]);
      return;
    }
    for (const effect of done.effects) effect();
    batch.forEach((pending, index) => pending.resolve(done.values[index]));
  }

  function flush(): void {
    scheduled = false;
    const batch = queue;
    queue = [];
    settle(batch);
  }

  return {
    write<T>(job: (tx: Tx) => T): Promise<T> {
      if (closed)
        return Promise.reject(new HiveError('storage_unavailable', 'The hive is stopping. Try again when it is back.'));
      return new Promise<T>((resolve, reject) => {
        queue.push({ job, resolve: resolve as (value: unknown) => void, reject });
        if (scheduled) return;
        scheduled = true;
        setImmediate(flush);
      });
    },
    async close() {
      closed = true;
      if (queue.length > 0) flush();
    },
  };
}
