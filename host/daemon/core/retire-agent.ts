import type { AgentName } from '../../../protocol/names.ts';
import type { AgentMemory } from './agent-memory.ts';
import type { Module, RetiredAgent } from './module.ts';
import type { Tx } from './writer.ts';

/**
 * Calls every module's `onAgentRetired` in one transaction; the agent's row is deleted by its own module. Modules run
 * in reverse order, so that dependents end first.
 */
export function retireAgent(tx: Tx, modules: readonly Module[], agent: RetiredAgent): void {
  for (const module of modules.toReversed()) module.onAgentRetired?.(tx, agent);
}

/**
 * Ends resources that no transaction can, once the row is gone: each module's files, sockets and other processes'
 * knowledge, then all memory of the agent. May be repeated; rejects with the first failure.
 */
export async function forgetAgent(
  hive: { modules: readonly Module[]; memory: AgentMemory },
  name: AgentName,
): Promise<void> {
  for (const module of hive.modules.toReversed()) await module.forgetAgent?.(name);
  hive.memory.forget(name);
}
