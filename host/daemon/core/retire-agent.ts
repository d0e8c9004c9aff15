import type { AgentName } from '../../../protocol/names.ts';
import type { AgentMemory } from './agent-memory.ts';
import type { Module, RetiredAgent } from './module.ts';
import type { Tx } from './writer.ts';

/**
 * Asks every module to end what it holds of an agent, in one transaction; its row goes with the module that keeps it.
 * The last of the list is asked first: what builds on others ends before them.
 */
export function retireAgent(tx: Tx, modules: readonly Module[], agent: RetiredAgent): void {
  for (const module of modules.toReversed()) module.onAgentRetired?.(tx, agent);
}

/**
 * Ends what no transaction can, once the row is gone: each module's files, sockets and other processes' knowledge, then
 * all memory of the agent. May be repeated; rejects with the first failure.
 */
export async function forgetAgent(
  hive: { modules: readonly Module[]; memory: AgentMemory },
  name: AgentName,
): Promise<void> {
  for (const module of hive.modules.toReversed()) await module.forgetAgent?.(name);
  hive.memory.forget(name);
}
