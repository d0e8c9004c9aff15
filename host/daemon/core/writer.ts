import { HiveError } from '../../../protocol/errors.ts';
import { nestTx } from './nested-tx.ts';
import { isDiskFull, storageError } from './storage-error.ts';
import type { Db } from '../../../store/open-store.ts';

/**
 * The handle of a write job. Jobs are synchronous, contain only SQL, and may run twice: when one job of a batch
 * throws, the batch is rolled back and repeated with a savepoint around each job.
 */
export interface Tx {
  readonly db: Db;
  /** Runs after the commit is on disk, in order; never when the job was rolled back. */
  after(effect: () => void): void;
  /**
   * Runs just before the commit, when all jobs that share it are done: once for each key, however many jobs register
   * it, and not at all when those were rolled back. An error undoes the writes of `job` and nothing else.
   */
  beforeCommit(key: string, job: (tx: Tx) => void): void;
}

/**
 * Group commit over one SQLite connection.
 *
 *   idle ──write()──► scheduled ──next loop phase──► committing ──► idle
 *
 * All writes requested before the commit begins share one transaction, and so one fsync. Callers that shared the last
 * commit usually write again at once: the next commit waits for them for a few rounds of the event loop. A single
 * caller does not wait. A promise resolves only after its commit returned with synchronous=FULL.
 */
export interface Writer {
  /** Throws whatever the job throws; `storage_unavailable` when the disk refused. */
  write<T>(job: (tx: Tx) => T): Promise<T>;
  /**
   * The same for operations that must work on a full disk (stop, destroy, sign-in): when there is no space, a
   * portion of the hive's reserve is released and the job retried, until it is written or nothing is reserved any more.
   */
  writeVital<T>(job: (tx: Tx) => T): Promise<T>;
  /** Waits until all pending writes are on disk, and refuses later ones. */
  close(): Promise<void>;
}

interface Pending {
  vital: boolean;
  job: (tx: Tx) => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** The result of a batch: one outcome per job, and the effects to run after the commit. */
interface Committed {
  outcomes: ({ value: unknown } | { error: unknown })[];
  effects: (() => void)[];
}

/** Rounds of the event loop, some tens of microseconds each, that fill a batch by a third (docs/performance.md). */
const MOST_ROUNDS = 4;

export function createWriter(
  db: Db,
  options: {
    onEffectError: (error: unknown) => void;
    /** Frees a portion of the reserve on a full disk; false when there was none. */
    makeRoom?: () => boolean;
  },
): Writer {
  let queue: Pending[] = [];
  let scheduled = false;
  let lastSize = 0;
  let waited = 0;
  let closed = false;
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const save = db.prepare('SAVEPOINT job');
  const undo = db.prepare('ROLLBACK TO job');
  const release = db.prepare('RELEASE job');

  /** Runs jobs in one transaction. Throws with nothing written. */
  function commitAll(run: (tx: Tx) => Committed['outcomes']): Committed {
    const effects: Committed['effects'] = [];
    const last = new Map<string, (tx: Tx) => void>();
    const tx: Tx = {
      db,
      after: (effect) => effects.push(effect),
      beforeCommit: (key, job) => last.set(key, job),
    };
    begin.run();
    try {
      const outcomes = run(tx);
      for (const job of last.values()) {
        const done = runApart(tx, job);
        // Reported after the commit, as the errors of effects are.
        if ('error' in done) effects.push(() => throwAgain(done.error));
      }
      commit.run();
      return { outcomes, effects };
    } catch (error) {
      if (db.inTransaction) rollback.run();
      throw error;
    }
  }

  /** Runs a job whose error undoes its own writes and nothing else. Throws only when the whole transaction is over. */
  function runApart(tx: Tx, job: (tx: Tx) => unknown): Committed['outcomes'][number] {
    const { inner, keep } = nestTx(tx);
    save.run();
    try {
      const value = job(inner);
      keep();
      return { value };
    } catch (error) {
      // A disk error has ended the whole transaction.
      if (!db.inTransaction) throw error;
      undo.run();
      return { error };
    } finally {
      if (db.inTransaction) release.run();
    }
  }

  const commitTogether = (batch: readonly Pending[]) =>
    commitAll((tx) => batch.map((pending) => ({ value: pending.job(tx) })));

  /** The same, but a job that throws affects no other: many valid jobs still share one fsync with it. */
  const commitApart = (batch: readonly Pending[]) =>
    commitAll((tx) => batch.map((pending) => runApart(tx, pending.job)));

  function settle(batch: readonly Pending[]): void {
    let done: Committed;
    try {
      done = attempt(batch);
    } catch (error) {
      const vital = batch.filter((pending) => pending.vital);
      const again = vital.length > 0 && isDiskFull(error) && options.makeRoom?.() === true;
      for (const pending of again ? batch.filter((each) => !each.vital) : batch) pending.reject(storageError(error));
      if (again) settle(vital);
      return;
    }
    for (const effect of done.effects)
      try {
        effect();
      } catch (error) {
        // The write is on disk all the same, and its caller must learn that.
        options.onEffectError(error);
      }
    for (const [index, outcome] of done.outcomes.entries())
      if ('error' in outcome) batch[index]?.reject(storageError(outcome.error));
      else batch[index]?.resolve(outcome.value);
  }

  function attempt(batch: readonly Pending[]): Committed {
    try {
      return commitTogether(batch);
    } catch (error) {
      if (batch.length === 1) throw error;
      return commitApart(batch);
    }
  }

  function flush(): void {
    scheduled = false;
    if (queue.length === 0) return;
    if (queue.length < lastSize && waited < MOST_ROUNDS) {
      waited += 1;
      scheduled = true;
      setImmediate(flush);
      return;
    }
    waited = 0;
    lastSize = queue.length;
    const batch = queue;
    queue = [];
    settle(batch);
  }

  function enqueue<T>(job: (tx: Tx) => T, vital: boolean): Promise<T> {
    if (closed)
      return Promise.reject(new HiveError('storage_unavailable', 'The hive is stopping. Try again when it is back.'));
    return new Promise<T>((resolve, reject) => {
      queue.push({ vital, job, resolve: resolve as (value: unknown) => void, reject });
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    });
  }

  return {
    write: (job) => enqueue(job, false),
    writeVital: (job) => enqueue(job, true),
    async close() {
      closed = true;
      waited = MOST_ROUNDS;
      flush();
    },
  };
}

function throwAgain(error: unknown): never {
  throw error;
}
