import picomatch from 'picomatch';
import { HiveError } from '../../protocol/errors.ts';
import type { AgentName } from '../../protocol/names.ts';
import { AGENT_STATES, type AgentState, type AgentView } from '../../protocol/schemas/agent.ts';
import { readName } from './commands/command.ts';

/** The agents that a command is for, as typed. */
export interface AgentChoice {
  /**
   * Names and glob patterns ("scout-*"); an agent is chosen when one of them matches. Empty: all agents that match the
   * other criteria.
   */
  readonly names: readonly string[];
  readonly roles: readonly string[];
  readonly states: readonly AgentState[];
}

/**
 * The agents that match a choice, in the hive's order. Throws `invalid_name` for text that is neither a name nor a
 * pattern, `unknown_agent` for a name that no agent has, `not_found` when a pattern or a role matches no agent: those
 * are probably typing errors. No agent in a state is an empty list, not an error (`sayNobody` has the text for it).
 */
export function chooseAgents(all: readonly AgentView[], choice: AgentChoice): AgentView[] {
  const patterns = choice.names.filter(isPattern);
  const names = choice.names.filter((name) => !isPattern(name)).map(readName);
  const missing = names.find((name) => !all.some((agent) => agent.name === name));
  if (missing !== undefined) throw new HiveError('unknown_agent', `There is no agent "${missing}".`);
  const fits = patterns.map(compile);
  const isNamed = (name: AgentName) =>
    choice.names.length === 0 || names.includes(name) || fits.some((fit) => fit(name));
  const agents = all.filter(
    (agent) =>
      isNamed(agent.name) && (choice.roles.length === 0 || choice.roles.includes(agent.spec.role.toLowerCase())),
  );
  if (agents.length === 0 && all.length > 0) throw nobodyFits(all, choice);
  return agents.filter(({ state }) => choice.states.length === 0 || choice.states.includes(state));
}

/** "No agent is failed or unreachable.", with the other criteria of the choice. */
export function sayNobody({ names, roles, states }: AgentChoice): string {
  const who = names.length + roles.length === 0 ? 'No agent' : 'None of these agents';
  return `${who} is ${states.map((state) => state.replaceAll('_', ' ')).join(' or ')}.`;
}

function nobodyFits(all: readonly AgentView[], choice: AgentChoice): HiveError {
  const wanted = [
    ...choice.names.map((name) => `the name "${name}"`),
    ...choice.roles.map((role) => `the role "${role}"`),
  ].join(', ');
  return new HiveError('not_found', `No agent fits ${wanted}. There are: ${listNames(all.map(({ name }) => name))}.`);
}

/** At most twelve names, and the number of the others. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ');
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}

export function isPattern(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

function compile(pattern: string): (name: string) => boolean {
  if (!/^[a-z0-9*?[\]{},!-]{1,100}$/.test(pattern))
    throw new HiveError(
      'invalid_name',
      `"${pattern}" fits no agent's name: those have lower-case letters, digits and "-".`,
    );
  return picomatch(pattern, { noext: true, noglobstar: true });
}

/** States as typed: "working", "rate limited" or "rate_limited", separated by commas. Throws `invalid_input`. */
export function readStates(typed: string): AgentState[] {
  return typed.split(',').map((text) => {
    const wanted = text.trim().toLowerCase().replaceAll(/[ -]/g, '_');
    const state = AGENT_STATES.find((known) => known === wanted);
    if (state === undefined)
      throw new HiveError('invalid_input', `No agent is ever "${text.trim()}". States: ${AGENT_STATES.join(', ')}.`);
    return state;
  });
}

/** Roles as typed, separated by commas; case is ignored. */
export function readRoles(typed: string): string[] {
  return typed
    .split(',')
    .map((role) => role.trim().toLowerCase())
    .filter((role) => role !== '');
}
