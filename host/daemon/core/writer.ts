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
 *   idle ──write()──► scheduled ──next loop phase──► committing ──► idle, or scheduled when writes are left
 *
 * Writes requested before the commit begins share one transaction, and so one fsync, until their jobs have taken
 * `COMMIT_MS`: the others are in the next commits, in their order, and between two commits the event loop serves
 * everybody else. Callers that shared the last commit usually write again at once: the next commit waits for them for a
 * few rounds of the event loop. A single caller does not wait. A promise resolves only after its commit returned with
 * synchronous=FULL.
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

type Outcome = { value: unknown } | { error: unknown };

/** The result of a transaction: the outcome of each job that ran, and the effects to run after the commit. */
interface Committed {
  outcomes: Outcome[];
  effects: (() => void)[];
}

/** Rounds of the event loop, some tens of microseconds each, that fill a batch by a third (docs/performance.md). */
const MOST_ROUNDS = 4;
/** A commit takes no further job after so long: hived's thread does nothing else meanwhile. */
const COMMIT_MS = 40;

export function createWriter(
  db: Db,
  options: {
    onEffectError: (error: unknown) => void;
    /** Frees a portion of the reserve on a full disk; false when there was none. */
    makeRoom?: () => boolean;
    /** A monotonic time in ms. */
    now?: () => number;
  },
): Writer {
  const { now = () => performance.now() } = options;
  let queue: Pending[] = [];
  let isScheduled = false;
  let lastSize = 0;
  let waited = 0;
  let closed = false;
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const save = db.prepare('SAVEPOINT job');
  const undo = db.prepare('ROLLBACK TO job');
  const release = db.prepare('RELEASE job');

  /**
   * Runs the first jobs of the batch in one transaction, at least one, and adds them to `tried`. Throws with nothing
   * written.
   */
  function commitSome(
    batch: readonly Pending[],
    tried: Pending[],
    runJob: (tx: Tx, job: Pending['job']) => Outcome,
  ): Committed {
    const outcomes: Outcome[] = [];
    const effects: Committed['effects'] = [];
    const last = new Map<string, (tx: Tx) => void>();
    const tx: Tx = {
      db,
      after: (effect) => effects.push(effect),
      beforeCommit: (key, job) => last.set(key, job),
    };
    try {
      begin.run();
    } catch (error) {
      // No job can be written now.
      tried.push(...batch);
      throw error;
    }
    try {
      const until = now() + COMMIT_MS;
      for (const pending of batch) {
        tried.push(pending);
        outcomes.push(runJob(tx, pending.job));
        if (now() >= until) break;
      }
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

  /** Returns the jobs for which there was no time. */
  function settle(batch: readonly Pending[]): readonly Pending[] {
    const tried: Pending[] = [];
    let done: Committed;
    try {
      done = attempt(batch, tried);
    } catch (error) {
      const left = batch.slice(tried.length);
      const vital = tried.filter((pending) => pending.vital);
      const again = vital.length > 0 && isDiskFull(error) && options.makeRoom?.() === true;
      for (const pending of again ? tried.filter((each) => !each.vital) : tried) pending.reject(storageError(error));
      return again ? [...settle(vital), ...left] : left;
    }
    for (const effect of done.effects)
      try {
        effect();
      } catch (error) {
        // The write is on disk all the same, and its caller must learn that.
        options.onEffectError(error);
      }
    for (const [index, outcome] of done.outcomes.entries())
      if ('error' in outcome) tried[index]?.reject(storageError(outcome.error));
      else tried[index]?.resolve(outcome.value);
    return batch.slice(tried.length);
  }

  function attempt(batch: readonly Pending[], tried: Pending[]): Committed {
    try {
      return commitSome(batch, tried, (tx, job) => ({ value: job(tx) }));
    } catch (error) {
      if (batch.length === 1) throw error;
      tried.length = 0;
      // A job that throws affects no other: many valid jobs still share one fsync with it.
      return commitSome(batch, tried, runApart);
    }
  }

  function flush(): void {
    isScheduled = false;
    if (queue.length === 0) return;
    if (queue.length < lastSize && waited < MOST_ROUNDS) {
      waited += 1;
      schedule();
      return;
    }
    waited = 0;
    const batch = queue;
    queue = [];
    const left = settle(batch);
    lastSize = batch.length - left.length;
    if (left.length === 0) return;
    queue = [...left, ...queue];
    schedule();
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(flush);
  }

  function enqueue<T>(job: (tx: Tx) => T, vital: boolean): Promise<T> {
    if (closed)
      return Promise.reject(new HiveError('storage_unavailable', 'The hive is stopping. Try again when it is back.'));
    return new Promise<T>((resolve, reject) => {
      queue.push({ vital, job, resolve: resolve as (value: unknown) => void, reject });
      schedule();
    });
  }

  return {
    write: (job) => enqueue(job, false),
    writeVital: (job) => enqueue(job, true),
    async close() {
      closed = true;
      do {
        waited = MOST_ROUNDS;
        flush();
      } while (queue.length > 0);
    },
  };
}

function throwAgain(error: unknown): never {
  throw error;
}
