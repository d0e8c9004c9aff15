import type { AgentName } from '../../../../protocol/names.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { LimitReport } from '../../../../protocol/schemas/service.ts';

/** A limit that an agent's call met. */
export type AgentLimit = Pick<LimitReport, 'agent' | 'kind' | 'until' | 'at' | 'fallback'>;

/**
 * The newest limit that each agent reached, as the gateway reported it. In memory: after a restart of hived an
 * agent's pause is its harness's own backoff.
 */
export interface KnownLimits {
  hear(report: AgentLimit): void;
  /**
   * When the limit that the agent reached since `since` ends; null when it reached none, or the end is unknown. Epoch
   * milliseconds.
   */
  limitEnd(agent: AgentName, since: number): number | null;
}

export function createKnownLimits(memory: AgentMemory): KnownLimits {
  const newest = memory.keep<AgentLimit>('provider limit');
  return {
    hear(report) {
      // An overloaded provider is no limit: its clients retry as in an outage. Where a fallback answers, nobody waits.
      if (report.kind !== 'overloaded' && report.fallback === undefined) newest.set(report.agent, report);
    },
    limitEnd(agent, since) {
      const limit = newest.get(agent);
      return limit === undefined || limit.at < since ? null : limit.until;
    },
  };
}
