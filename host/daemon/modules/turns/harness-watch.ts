import type { AgentName } from '../../../../protocol/names.ts';
import type { HarnessState } from '../../../../protocol/schemas/harness.ts';
import type { TurnPhase } from '../../../../protocol/turn-phases.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';

/** The last report of a harness about itself. */
export interface HarnessReport {
  status: HarnessState | null;
  /** The step of its running turn, in its last heartbeat. */
  phase?: TurnPhase | undefined;
  /** Why the turn for its waiting mail has not begun yet; null: nothing keeps it. */
  waitsFor?: string | null | undefined;
  rssBytes: number | null;
  cliRssBytes: number | null;
}

/**
 * The last contact with each harness. Kept in memory: after a restart of hived the next heartbeats fill it
 * again.
 */
export interface HarnessWatch {
  get(agent: AgentName): HarnessReport | null;
  seen(agent: AgentName, update?: Partial<HarnessReport>): void;
  /** Milliseconds since the last contact, or since hived began to listen. */
  silentMs(agent: AgentName): number;
  /** Restarts every agent's silence from now: hived itself could not listen for a while. */
  listenAnew(): void;
}

/** `now` gives monotonic milliseconds: setting the clock makes no harness silent. */
export function createHarnessWatch(now: () => number, memory: AgentMemory): HarnessWatch {
  const harnesses = memory.keep<HarnessReport & { seenAt: number }>('harness report');
  let listeningSince = now();
  return {
    get: (agent) => harnesses.get(agent) ?? null,
    seen(agent, update = {}) {
      const before = harnesses.get(agent) ?? { status: null, rssBytes: null, cliRssBytes: null };
      harnesses.set(agent, { ...before, ...update, seenAt: now() });
    },
    silentMs: (agent) => now() - Math.max(harnesses.get(agent)?.seenAt ?? listeningSince, listeningSince),
    listenAnew() {
      listeningSince = now();
    },
  };
}
