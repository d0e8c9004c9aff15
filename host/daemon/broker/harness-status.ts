import type { AgentName } from '../../../protocol/names.ts';
import type { HarnessState } from '../../../protocol/schemas/harness.ts';

/** What is known of a harness beyond the store: when it was heard of, what it says it does. */
export interface HarnessSight {
  lastSeenAt: number;
  status: HarnessState | null;
  rssBytes: number | null;
  cliRssBytes: number | null;
}

/** Live sights of all harnesses. Lost with hived and won back with the next heartbeats. */
export interface HarnessSights {
  get(agent: AgentName): HarnessSight | null;
  seen(agent: AgentName, update?: Partial<Omit<HarnessSight, 'lastSeenAt'>>): void;
  forget(agent: AgentName): void;
}

export function createHarnessSights(clock: () => number): HarnessSights {
  const sights = new Map<AgentName, HarnessSight>();
  return {
    get: (agent) => sights.get(agent) ?? null,
    seen(agent, update = {}) {
      const before = sights.get(agent) ?? { status: null, rssBytes: null, cliRssBytes: null };
      sights.set(agent, { ...before, ...update, lastSeenAt: clock() });
    },
    forget: (agent) => void sights.delete(agent),
  };
}
