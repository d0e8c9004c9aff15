import type { AgentName } from '../../../../protocol/names.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { LimitReport } from '../../../../protocol/schemas/service.ts';

/** The newest limit that each agent met, as the gateway told. In memory: with hived's end an agent's pause is its harness's own backoff. */
export interface KnownLimits {
  hear(report: LimitReport): void;
  /** When the limit ends that the agent met since `since`; null when it met none, or nobody said. Epoch milliseconds. */
  limitEnd(agent: AgentName, since: number): number | null;
}

export function createKnownLimits(memory: AgentMemory): KnownLimits {
  const newest = memory.keep<LimitReport>('provider limit');
  return {
    hear(report) {
      // A provider that is overloaded limits nobody: its clients try again as in an outage.
      if (report.kind !== 'overloaded') newest.set(report.agent, report);
    },
    limitEnd(agent, since) {
      const limit = newest.get(agent);
      return limit === undefined || limit.at < since ? null : limit.until;
    },
  };
}
