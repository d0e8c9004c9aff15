import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import { agentExists, agentNames, type AgentRow, findAgent } from './store/agents.ts';
import { unknownAgent } from './unknown-agent.ts';

/**
 * Checks an agent's name, or the operator's; null when none was given. Throws `unknown_agent` for a name that no agent
 * has.
 */
export function requireKnown(db: Db, of: string | undefined): string | null {
  if (of === undefined) return null;
  if (of !== OPERATOR && !agentExists(db, of)) throw unknownAgent(of, [...agentNames(db), OPERATOR]);
  return of;
}

/** The row of an agent. Throws `unknown_agent`, suggesting the nearest names, for a name that no agent has. */
export function requireAgent(db: Db, name: string): AgentRow {
  const row = findAgent(db, name);
  if (row === null) throw unknownAgent(name, agentNames(db));
  return row;
}

/** The row of a calling agent. Throws `unknown_agent` when it was destroyed while its call was in transit. */
export function requireCaller(db: Db, name: AgentName): AgentRow {
  const row = findAgent(db, name);
  if (row === null) throw new HiveError('unknown_agent', 'This agent was destroyed.');
  return row;
}

/** An agent as a reader of mail: it sees messages that it sent or received since it was created (epoch ms). */
export function viewerFor(db: Db, name: AgentName): { name: AgentName; since: number } {
  return { name, since: requireCaller(db, name).createdAt };
}
