/**
 * The queries that other modules may use: agents: their rows, relatives, fences and times.
 * The rest of this module's store is its own (test/house/floors.test.ts).
 */
export {
  addUsage,
  agentExists,
  agentNames,
  type AgentRow,
  agentsWithRole,
  bootFacts,
  type BootFacts,
  childrenOf,
  declaredProviders,
  findAgent,
  type Relatives,
  type WakeFacts,
  listAgents,
  markWorked,
  nextGeneration,
  roleOf,
  sessionOf,
  setBoot,
  setDesired,
  setNotBefore,
  setQuietUntil,
  setSession,
  takeFence,
} from './store/agents.ts';
export { settleUsers } from './store/settle-users.ts';
