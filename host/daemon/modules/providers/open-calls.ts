import { randomUUID } from 'node:crypto';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import { addUsage, agentExists } from '../agents/queries.ts';
import type { Money } from '../money/serve-money.ts';
import { deleteOpenCall, insertModelCall, openCallsOf, openInstances } from './store/model-calls.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { pause } from '../../../../system/pause.ts';

/** A gateway whose hived died delivers its reports for 60 s and then exits; this is somewhat longer. */
const DRAINED_MS = 90_000;
/** Interval of retries for calls that the disk did not accept, or that were reported after their gateway's end. */
const EVERY_MS = 60_000;

/**
 * Model calls in flight. A call whose gateway dies is recorded with an unknown cost, because the provider bills it
 * and nobody read the amount.
 *
 *   open ── its end is reported ──► counted
 *     └──── its gateway is gone ──► lost (no price)
 */
export interface OpenCalls {
  /**
   * This hived's next gateway is about to start, so the previous one is gone. Returns the new one's name. Calls of
   * earlier ones that could not be counted are retried.
   */
  beginInstance(): string;
  /** This hived's gateway exited. */
  endInstance(): void;
  /**
   * Waits until gateways of earlier hiveds are certainly gone, and counts the calls they left; from then on
   * periodically counts the calls left by any gateway that is gone, until the signal fires. Never rejects.
   */
  countLeft(signal: AbortSignal): Promise<void>;
}

export function createOpenCalls(deps: {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  money: Pick<Money, 'count' | 'push'>;
  onError: (error: unknown) => void;
  drainedMs?: number;
  everyMs?: number;
}): OpenCalls {
  const { db, writer, events, clock } = deps;
  let current: string | null = null;

  /** This hived's gateways that are gone; null once all but the running one are. */
  let ended: Set<string> | null = new Set();

  const isGone = (instance: string) => instance !== current && (ended === null || ended.has(instance));

  /** Never rejects. A refused write is retried later. */
  async function countLost(): Promise<void> {
    try {
      if (!openInstances(db).some(isGone)) return;
      await writer.write((tx) => {
        for (const instance of openInstances(tx.db).filter(isGone)) loseCalls(tx, instance);
        tx.after(deps.money.push);
      });
    } catch (error) {
      deps.onError(error);
    }
  }

  function loseCalls(tx: Tx, instance: string): void {
    const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null };
    for (const { turn, reservedUsd, reservedTokens, ...call } of openCallsOf(tx.db, instance)) {
      const standing = deleteOpenCall(tx.db, call.id);
      const record = {
        ...call,
        model: 'unknown',
        endedAt: clock(),
        status: 0,
        usage,
        reasoningTokens: 0,
        estimated: false,
        // Money that may be spent: budgets count what was reserved for it.
        counted: { usd: reservedUsd, tokens: reservedTokens },
        call: 0,
      };
      if (!insertModelCall(tx.db, record, turn)) continue;
      if (standing !== null) deps.money.count(tx, [{ record, place: { turn, standing } }]);
      if (!agentExists(tx.db, call.agent)) continue;
      addUsage(tx.db, call.agent, usage);
      const { provider } = call;
      const data = {
        turn,
        provider,
        model: record.model,
        usage,
        status: 0,
        reasoningTokens: 0,
        estimated: false,
        lost: true,
      };
      events.append(tx, 'usage.recorded', { agent: call.agent, data });
    }
  }

  function endInstance(): void {
    if (current !== null) ended?.add(current);
    current = null;
    void countLost();
  }

  return {
    beginInstance() {
      endInstance();
      current = randomUUID();
      return current;
    },
    endInstance,
    async countLeft(signal) {
      const rest = (ms: number) => pause(ms, signal);
      await rest(deps.drainedMs ?? DRAINED_MS);
      if (!signal.aborted) ended = null;
      while (!signal.aborted) {
        await countLost();
        await rest(deps.everyMs ?? EVERY_MS);
      }
    },
  };
}
