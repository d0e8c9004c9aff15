import { SPOOL_MAX_BYTES } from '../../../../protocol/schemas/harness.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import { type Bucket, type RateRule, takeToken } from '../../core/rate.ts';

/**
 * The rate of transcript events that one harness may store: far above an agent at work (a few events a
 * second), and at once as much as a full spool has, so that an absence of hived costs no event.
 */
const EVENTS: RateRule = { burst: 100_000, perMinute: 1_200 };
const BYTES: RateRule = { burst: SPOOL_MAX_BYTES, perMinute: 4 * 1024 * 1024 };
/** Maximum bytes of one agent's spooled events; beyond it the oldest are deleted. */
export const TRANSCRIPT_MAX_BYTES = 256 * 1024 * 1024;
/** Minimum time between two reports of dropped events. */
const TELL_EVERY_MS = 60_000;

/** Events dropped since the last report. */
export interface Dropped {
  events: number;
  bytes: number;
}

/**
 * The budget of each agent's spool. In memory: a restart refills it, but the byte ceiling holds all the same.
 */
export interface SpoolBudget {
  /**
   * Takes one event of `bytes` bytes; false when the budget is exhausted, and the event counts as dropped.
   */
  take(agent: string, bytes: number): boolean;
  /**
   * Returns the drops to report, at most once a minute; null when there is nothing to report yet. Calling it
   * marks them as reported.
   */
  dropped(agent: string): Dropped | null;
}

interface Account {
  events: Bucket | null;
  bytes: Bucket | null;
  dropped: Dropped;
  toldAt: number;
}

export function createSpoolBudget(clock: () => number, memory: AgentMemory): SpoolBudget {
  const accounts = memory.keep<Account>('spool budget');
  const accountOf = (agent: string): Account => {
    const found = accounts.get(agent);
    if (found !== undefined) return found;
    const made: Account = { events: null, bytes: null, dropped: { events: 0, bytes: 0 }, toldAt: -Infinity };
    accounts.set(agent, made);
    return made;
  };

  return {
    take(agent, size) {
      const account = accountOf(agent);
      const now = clock();
      const events = takeToken(account.events, EVENTS, now);
      // No spread: this is called for each event.
      const { burst, perMinute } = BYTES;
      const bytes = takeToken(account.bytes, { burst, perMinute, cost: size }, now);
      if (events.ok && bytes.ok) {
        account.events = events.bucket;
        account.bytes = bytes.bucket;
        return true;
      }
      account.dropped.events += 1;
      account.dropped.bytes += size;
      return false;
    },
    dropped(agent) {
      const account = accounts.get(agent);
      if (account === undefined || account.dropped.events === 0) return null;
      const now = clock();
      // A clock that was set back must not silence the report.
      if (now >= account.toldAt && now - account.toldAt < TELL_EVERY_MS) return null;
      const told = account.dropped;
      account.dropped = { events: 0, bytes: 0 };
      account.toldAt = now;
      return told;
    },
  };
}
