import { randomUUID } from 'node:crypto';
import type { Db } from '../../../store/open-store.ts';
import { pause } from '../../../system/pause.ts';
import type { Tx, Writer } from './writer.ts';

/** A gateway whose hived died delivers its reports for 60 s and then exits; this is somewhat longer. */
const DRAINED_MS = 90_000;
/** Interval of retries for work that the disk did not accept, or that was reported after its gateway's end. */
const EVERY_MS = 60_000;

/** A kind of work of a gateway that is open until the gateway reports its end: calls to models, connections. */
export interface OpenWork {
  /** The gateways that have open work. */
  instances(db: Db): string[];
  /** Records the open work of a gateway that is gone: nobody reports its end. */
  close(tx: Tx, instance: string): void;
}

/**
 * The gateways that ever ran, by the names under which they report, and what they left open:
 *
 *   open ── its end is reported ──► ended
 *     └──── its gateway is gone ──► closed here
 */
export interface GatewayInstances {
  /**
   * This hived's next gateway is about to start, so the previous one is gone. Returns the new one's name. Work of
   * earlier ones that could not be closed is retried.
   */
  begin(): string;
  /** This hived's gateway exited. */
  end(): void;
  /**
   * Waits until gateways of earlier hiveds are certainly gone, and closes what they left; from then on periodically
   * closes what any gateway left that is gone, until the signal fires. Never rejects.
   */
  closeLeft(signal: AbortSignal): Promise<void>;
}

export function createGatewayInstances(deps: {
  db: Db;
  writer: Writer;
  work: readonly OpenWork[];
  onError: (error: unknown) => void;
  drainedMs?: number;
  everyMs?: number;
}): GatewayInstances {
  const { db, writer, work } = deps;
  let current: string | null = null;

  /** This hived's gateways that are gone; null once all but the running one are. */
  let ended: Set<string> | null = new Set();

  const isGone = (instance: string) => instance !== current && (ended === null || ended.has(instance));

  /** Never rejects. A refused write is retried later. */
  async function closeAll(): Promise<void> {
    try {
      if (!work.some((kind) => kind.instances(db).some(isGone))) return;
      await writer.write((tx) => {
        for (const kind of work) for (const instance of kind.instances(tx.db).filter(isGone)) kind.close(tx, instance);
      });
    } catch (error) {
      deps.onError(error);
    }
  }

  function end(): void {
    if (current !== null) ended?.add(current);
    current = null;
    void closeAll();
  }

  return {
    begin() {
      end();
      current = randomUUID();
      return current;
    },
    end,
    async closeLeft(signal) {
      const rest = (ms: number) => pause(ms, signal);
      await rest(deps.drainedMs ?? DRAINED_MS);
      if (!signal.aborted) ended = null;
      while (!signal.aborted) {
        await closeAll();
        await rest(deps.everyMs ?? EVERY_MS);
      }
    },
  };
}
