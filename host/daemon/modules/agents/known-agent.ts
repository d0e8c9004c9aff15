import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import { agentExists, agentNames, type AgentRow, findAgent } from './store/agents.ts';
import { unknownAgent } from './unknown-agent.ts';

/** An agent's name, or the operator's; null when none was given. Throws `unknown_agent` for a name that nobody has. */
export function requireKnown(db: Db, of: string | undefined): string | null {
  if (of === undefined) return null;
  if (of !== OPERATOR && !agentExists(db, of)) throw unknownAgent(of, [...agentNames(db), OPERATOR]);
  return of;
}

/** The row of an agent. Throws `unknown_agent`, offering the nearest names, for a name that nobody has. */
export function requireAgent(db: Db, name: string): AgentRow {
  const row = findAgent(db, name);
  if (row === null) throw unknownAgent(name, agentNames(db));
  return row;
}

/** The row of an agent that calls. Throws `unknown_agent` to one that was destroyed while its call was on the way. */
export function requireCaller(db: Db, name: AgentName): AgentRow {
  const row = findAgent(db, name);
  if (row === null) throw new HiveError('unknown_agent', 'This agent was destroyed.');
  return row;
}

/** An agent as it looks at mail: it sees what it sent or received since it was made (epoch ms). */
export function viewerFor(db: Db, name: AgentName): { name: AgentName; since: number } {
  return { name, since: requireCaller(db, name).createdAt };
}
