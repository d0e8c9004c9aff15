import type { AgentName } from '../../../../protocol/names.ts';
import type { HarnessState } from '../../../../protocol/schemas/harness.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';

/** The last report of a harness about itself. */
export interface HarnessSight {
  status: HarnessState | null;
  rssBytes: number | null;
  cliRssBytes: number | null;
}

/**
 * The last contact with each harness. Kept in memory: after a restart of hived the next heartbeats fill it
 * again.
 */
export interface HarnessSights {
  get(agent: AgentName): HarnessSight | null;
  seen(agent: AgentName, update?: Partial<HarnessSight>): void;
  /** Milliseconds since the last contact, or since hived began to listen. */
  silentMs(agent: AgentName): number;
  /** Restarts everybody's silence from now: hived itself could not listen for a while. */
  listenAnew(): void;
}

/** `now` gives milliseconds that never run backwards: nobody falls silent because a clock was set. */
export function createHarnessSights(now: () => number, memory: AgentMemory): HarnessSights {
  const sights = memory.keep<HarnessSight & { seenAt: number }>('harness sight');
  let listeningSince = now();
  return {
    get: (agent) => sights.get(agent) ?? null,
    seen(agent, update = {}) {
      const before = sights.get(agent) ?? { status: null, rssBytes: null, cliRssBytes: null };
      sights.set(agent, { ...before, ...update, seenAt: now() });
    },
    silentMs: (agent) => now() - Math.max(sights.get(agent)?.seenAt ?? listeningSince, listeningSince),
    listenAnew() {
      listeningSince = now();
    },
  };
}
