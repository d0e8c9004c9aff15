import type { AgentMemory } from '../../core/agent-memory.ts';
import { type Bucket, type RateRule, takeToken } from '../../core/rate.ts';

/**
 * What one harness may store of what its CLI does: far above an agent at work (a few events a second), and enough for
 * what a harness kept while hived was away for hours.
 */
const EVENTS: RateRule = { burst: 20_000, perMinute: 1_200 };
const BYTES: RateRule = { burst: 32 * 1024 * 1024, perMinute: 4 * 1024 * 1024 };
/** The bytes of one agent's spooled events; beyond it the oldest go. */
export const TRANSCRIPT_MAX_BYTES = 256 * 1024 * 1024;
/** Dropped events are told of no more often. */
const TELL_EVERY_MS = 60_000;

/** What was dropped since it was told last. */
export interface Dropped {
  events: number;
  bytes: number;
}

/** The budget of each agent's spool. In memory: a restart gives full ones, and the ceiling holds all the same. */
export interface SpoolBudget {
  /** Takes one event of so many bytes; false: there is no room for it now, and it is counted as dropped. */
  take(agent: string, bytes: number): boolean;
  /** What is to be told of, once a minute at most; null when there is nothing to tell yet. Asking counts as told. */
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
      const bytes = takeToken(account.bytes, { ...BYTES, cost: size }, now);
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
      // A clock that was set back must not silence it.
      if (now >= account.toldAt && now - account.toldAt < TELL_EVERY_MS) return null;
      const told = account.dropped;
      account.dropped = { events: 0, bytes: 0 };
      account.toldAt = now;
      return told;
    },
  };
}
