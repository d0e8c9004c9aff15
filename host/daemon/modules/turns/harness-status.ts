import type { AgentName } from '../../../../protocol/names.ts';
import type { HarnessState } from '../../../../protocol/schemas/harness.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';

/** What a harness said of itself last. */
export interface HarnessSight {
  status: HarnessState | null;
  rssBytes: number | null;
  cliRssBytes: number | null;
}

/** Live sights of all harnesses. Lost with hived and won back with the next heartbeats. */
export interface HarnessSights {
  get(agent: AgentName): HarnessSight | null;
  seen(agent: AgentName, update?: Partial<HarnessSight>): void;
  /** Milliseconds since it was heard of, or since hived began to listen. */
  silentMs(agent: AgentName): number;
  /** hived itself could hear nobody for a while: everybody's silence begins now. */
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
