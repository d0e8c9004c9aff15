import { randomUUID } from 'node:crypto';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import { addUsage, agentExists } from '../agents/queries.ts';
import { deleteOpenCall, insertModelCall, openCallsOf, openInstances } from './store/model-calls.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { pause } from '../../../../system/pause.ts';

/** A gateway whose hived died brings its reports home for 60 s and then exits; somewhat longer than that. */
const DRAINED_MS = 90_000;
/** Between looks for what the disk did not take, or was reported after its gateway's end. */
const EVERY_MS = 60_000;

/**
 * Calls to models that are under way. One whose gateway dies is recorded as a call of unknown cost: the provider bills
 * it, and nobody read how much.
 *
 *   open ── its end is reported ──► counted
 *     └──── its gateway is gone ──► lost (no price)
 */
export interface OpenCalls {
  /**
   * A new gateway of this hived's is about to start, so the one before is gone. Returns the new one's name. What could
   * not be counted of earlier ones is tried again.
   */
  beginInstance(): string;
  /** This hived's gateway ended. */
  endInstance(): void;
  /**
   * Waits until gateways of earlier hiveds are gone for sure, and counts what they left; from then on counts now and
   * then what is left of any that is gone, until the signal fires. Never rejects.
   */
  countLeft(signal: AbortSignal): Promise<void>;
}

export function createOpenCalls(deps: {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  onError: (error: unknown) => void;
  drainedMs?: number;
  everyMs?: number;
}): OpenCalls {
  const { db, writer, events, clock } = deps;
  let current: string | null = null;

  /** Gateways of this hived's that are gone; null once all but the one that runs now are. */
  let ended: Set<string> | null = new Set();

  const isGone = (instance: string) => instance !== current && (ended === null || ended.has(instance));

  /** Never rejects. What is not taken now is counted another time. */
  async function countLost(): Promise<void> {
    try {
      if (!openInstances(db).some(isGone)) return;
      await writer.write((tx) => {
        for (const instance of openInstances(tx.db).filter(isGone)) loseCalls(tx, instance);
      });
    } catch (error) {
      deps.onError(error);
    }
  }

  function loseCalls(tx: Tx, instance: string): void {
    const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null };
    for (const { turn, ...call } of openCallsOf(tx.db, instance)) {
      deleteOpenCall(tx.db, call.id);
      const record = { ...call, model: 'unknown', endedAt: clock(), status: 0, usage, reasoningTokens: 0 };
      if (!insertModelCall(tx.db, record, turn) || !agentExists(tx.db, call.agent)) continue;
      addUsage(tx.db, call.agent, usage);
      const { provider } = call;
      const data = { turn, provider, model: record.model, usage, status: 0, reasoningTokens: 0, lost: true };
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
