/**
 * The queries of the agents store (rows, relatives, fences, times) that other modules may use;
 * test/house/floors.test.ts forbids the rest.
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
  findPlace,
  type Relatives,
  type WakeFacts,
  leaveProject,
  listAgents,
  listBriefs,
  listMembers,
  markWorked,
  moveProvider,
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
export { holdsOf, liftHolds, putHold } from './store/holds.ts';
export { settleUsers } from './store/settle-users.ts';
