import { HiveError } from '../../../protocol/errors.ts';
import type { CallStart, UsageRecord } from '../../../protocol/schemas/service.ts';
import type { Log } from '../../../system/log.ts';
import { type BatchResult, decideBatch } from './decide-batch.ts';
import { pause, waitAtMost } from '../../../system/pause.ts';

/** A call that begins, or one that is over. */
export type Report = { readonly started: CallStart } | { readonly ended: UsageRecord };

/** Brings reports to hived, in order, until it has stored them. */
export interface Reports<T = Report> {
  /** Takes a report; never waits. When too many wait, the oldest is dropped and counted in the log. */
  add(report: T): void;
  /** The same. Fulfilled when hived has stored it (true), or when it is lost: dropped, refused, or `close` came first (false). */
  store(report: T): Promise<boolean>;
  /** Fulfilled when nothing waits any more, or after `waitMs`; with the number that still waits. */
  flush(waitMs: number): Promise<number>;
  /** Stops trying. What waits is lost. */
  close(): void;
}

export interface ReportsDeps<T> {
  /** Stores a batch (hived's `reportUsage`, `reportConnections`); rejects with a HiveError. */
  readonly send: (reports: T[], signal: AbortSignal) => Promise<unknown>;
  readonly log: Log;
  readonly capacity: number;
}

/** hived's limit for one call. */
const BATCH = 500;

/** A report that hived has not stored yet. */
interface Waiting<T> {
  readonly report: T;
  /** Whoever waits for it is told once. */
  readonly settle: (isStored: boolean) => void;
}

/**
 * State: `waiting` holds what is not stored yet, oldest first. One loop (`running`) at a time sends
 * its head; a report leaves when hived has answered for it, so an answer that got lost sends the same
 * report, with the same id, again. A batch that hived will never take is halved until the report at fault is alone.
 */
export function createReports<T = Report>({ send, log, capacity }: ReportsDeps<T>): Reports<T> {
  const waiting: Waiting<T>[] = [];
  const closing = new AbortController();
  let running: Promise<void> | null = null;
  let dropped = 0;

  async function run(): Promise<void> {
    let failures = 0;
    let size = BATCH;
    while (waiting.length > 0 && !closing.signal.aborted) {
      const batch = waiting.slice(0, size);
      const decision = decideBatch(await trySend(batch.map(({ report }) => report)), failures, Math.random());
      if (decision.do === 'retry') {
        if (failures === 0) log.warn({ waiting: waiting.length }, 'hived takes no reports, trying on');
        failures += 1;
        await pause(decision.inMs, closing.signal);
        continue;
      }
      if (decision.do === 'give_up' && batch.length > 1) {
        // One report that hived never takes must not take the others along.
        size = Math.ceil(batch.length / 2);
        continue;
      }
      if (decision.do === 'give_up') log.error({ code: decision.code, lost: batch.length }, 'hived refused a report');
      else if (failures > 0) log.info({ dropped }, 'hived takes reports again');
      failures = 0;
      size = Math.min(BATCH, size * 2);
      dropped = 0;
      removeSent(batch);
      for (const { settle } of batch) settle(decision.do === 'forget');
    }
  }

  async function trySend(batch: T[]): Promise<BatchResult> {
    try {
      await send(batch, closing.signal);
      return { ok: true };
    } catch (error) {
      return {
        ok: false,
        error: error instanceof HiveError ? error : new HiveError('internal', undefined, { cause: error }),
      };
    }
  }

  /** Some of the batch may have been dropped from the head meanwhile. */
  function removeSent(batch: readonly Waiting<T>[]): void {
    const sent = new Set(batch);
    const rest = waiting.findIndex((record) => !sent.has(record));
    waiting.splice(0, rest === -1 ? waiting.length : rest);
  }

  function start(): void {
    if (running !== null || closing.signal.aborted) return;
    running = run().finally(() => {
      running = null;
      if (waiting.length > 0) start();
    });
  }

  async function idle(): Promise<void> {
    for (let work = running; work !== null; work = running) await work;
  }

  function take(one: Waiting<T>): void {
    if (closing.signal.aborted) return one.settle(false);
    waiting.push(one);
    if (waiting.length > capacity) {
      waiting.shift()?.settle(false);
      dropped += 1;
      if (dropped === 1 || dropped % 1_000 === 0)
        log.error({ dropped }, 'too many reports wait, the oldest are dropped');
    }
    start();
  }

  return {
    add: (report) => take({ report, settle: () => undefined }),
    store: (report) => new Promise((settle) => take({ report, settle })),
    async flush(waitMs) {
      await waitAtMost(idle(), waitMs);
      return waiting.length;
    },
    close() {
      closing.abort();
      for (const { settle } of waiting) settle(false);
    },
  };
}
