import type { EgressCaller } from '../../../../protocol/egress.ts';
import { HIVE } from '../../../../protocol/hive-caller.ts';
import { type AgentName, BROADCAST } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import { requireAgent } from '../agents/known-agent.ts';
import { agentExists, type AgentRow, listAgents } from '../agents/queries.ts';

/** Who reaches hosts outside: an agent, with its role, or the hive itself, which has none. */
export interface KnownCaller {
  readonly name: EgressCaller;
  readonly role: string | null;
}

export function callerOf({ name, spec }: Pick<AgentRow, 'name' | 'spec'>): KnownCaller {
  return { name, role: spec.role };
}

/** The hive itself, then every agent. */
export function listCallers(db: Db): KnownCaller[] {
  return [{ name: HIVE, role: null }, ...listAgents(db).map(callerOf)];
}

export function isKnownCaller(db: Db, name: EgressCaller): boolean {
  return name === HIVE || agentExists(db, name);
}

/** Throws `unknown_agent`. */
export function requireCaller(db: Db, name: EgressCaller): KnownCaller {
  return name === HIVE ? { name, role: null } : callerOf(requireAgent(db, name));
}

/** The agent of an event about a subject; null for several agents and for the hive itself. */
export function agentOf(subject: string): AgentName | null {
  return isGroup(subject) || subject === HIVE ? null : (subject as AgentName);
}

/** Whether a rule is for several agents: those with a role, or all. */
export function isGroup(subject: string): boolean {
  return subject.startsWith('@') || subject === BROADCAST;
}
