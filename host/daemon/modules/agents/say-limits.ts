import type { OpOutput } from '../../../../protocol/op.ts';
import type { agentOperations } from '../../../../protocol/operations/agent.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';

type Limits = NonNullable<OpOutput<(typeof agentOperations)['whoami']>['limits']>;

/** The limits of an agent's box and turns as it is told them; 0 is no limit, and left out. */
export function sayLimits(spec: AgentSpec): Limits {
  const { memoryMb, cpus, pids, tmpMb, diskMb, diskFiles } = spec.limits;
  const { turnTimeoutMs, turnToolCalls = 0, turnOutputKb = 0 } = spec;
  return {
    memory_mb: memoryMb,
    cpus,
    processes: pids,
    tmp_mb: tmpMb,
    ...(diskMb === 0 ? {} : { disk_mb: diskMb }),
    ...(diskFiles === 0 ? {} : { disk_files: diskFiles }),
    turn_minutes: Math.round(turnTimeoutMs / 6_000) / 10,
    ...(turnToolCalls === 0 ? {} : { turn_tool_calls: turnToolCalls }),
    ...(turnOutputKb === 0 ? {} : { turn_output_kb: turnOutputKb }),
  };
}
