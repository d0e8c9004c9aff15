import type { Module } from '../../core/module.ts';
import type { Activities } from './activities.ts';
import { resumeDestructions } from './destroy.ts';
import { type AgentHandlerDeps, handleAgents } from './handlers.ts';
import { deleteAgent } from './store/agents.ts';

/** Agents: their declarations, and their place in the tree. First of all modules: its rows are deleted last. */
export function agentsModule(deps: AgentHandlerDeps & { activities: Activities }) {
  const { activities, destroy } = deps;
  return {
    name: 'agents',
    handlers: handleAgents(deps),
    onAgentRetired: (tx, { name, parent }) => deleteAgent(tx.db, name, parent),
    onEvent: activities.onEvent,
    run: (signal, onError) => resumeDestructions(destroy, { signal, onError }),
  } satisfies Module;
}
