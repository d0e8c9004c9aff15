import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../../../store/open-store.ts';
import type { EventLog } from '../events/event-log.ts';
import { addUsage, agentExists } from '../store/agents.ts';
import { deleteOpenCall, insertModelCall, openCallsOf, openInstances } from '../store/model-calls.ts';
import type { Tx, Writer } from '../store/writer.ts';

/** A gateway whose hived died brings its reports home for 60 s and then exits; somewhat longer than that. */
const DRAINED_MS = 90_000;

/**
 * Calls to models that are under way. One whose gateway dies is recorded as a call of unknown cost: the provider bills
 * it, and nobody read how much.
 *
 *   open ── its end is reported ──► counted
 *     └──── its gateway is gone ──► lost (no price)
 */
export interface OpenCalls {
  /** A new gateway of this hived's is about to start, so the one before is gone. Returns the new one's name. */
  beginInstance(): string;
  /** This hived's gateway ended. */
  endInstance(): void;
  /** Waits until gateways of earlier hiveds are gone for sure, and counts what they left. Never rejects. */
  countLeft(signal: AbortSignal): Promise<void>;
}

export function createOpenCalls(deps: {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  onError: (error: unknown) => void;
  drainedMs?: number;
}): OpenCalls {
  const { db, writer, events, clock } = deps;
  let current: string | null = null;

  /** Of one gateway; null: of all but the one that runs now. */
  function countLost(of: string | null): Promise<void> {
    return writer
      .write((tx) => {
        const gone = openInstances(tx.db).filter((one) => one !== current && (of === null || one === of));
        for (const instance of gone) loseCalls(tx, instance);
      })
      .catch(deps.onError);
  }

  function loseCalls(tx: Tx, instance: string): void {
    const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null };
    for (const { turn, ...call } of openCallsOf(tx.db, instance)) {
      deleteOpenCall(tx.db, call.id);
      const record = { ...call, model: 'unknown', endedAt: clock(), status: 0, usage };
      if (!insertModelCall(tx.db, record, turn) || !agentExists(tx.db, call.agent)) continue;
      addUsage(tx.db, call.agent, usage);
      const { provider } = call;
      const data = { turn, provider, model: record.model, usage, status: 0, lost: true };
      events.append(tx, 'usage.recorded', { agent: call.agent, data });
    }
  }

  function endInstance(): void {
    const gone = current;
    current = null;
    if (gone !== null && openInstances(db).includes(gone)) void countLost(gone);
  }

  return {
    beginInstance() {
      endInstance();
      current = randomUUID();
      return current;
    },
    endInstance,
    async countLeft(signal) {
      await delay(deps.drainedMs ?? DRAINED_MS, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted && openInstances(db).some((one) => one !== current)) await countLost(null);
    },
  };
}
