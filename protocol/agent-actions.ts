import type { AgentState } from './schemas/agent.ts';

/** The operator's actions on an agent. */
export const AGENT_ACTIONS = ['start', 'stop', 'restart', 'rebuild', 'destroy'] as const;
export type AgentAction = (typeof AGENT_ACTIONS)[number];

const UP: readonly AgentState[] = [
  'starting',
  'idle',
  'blocked',
  'working',
  'rate_limited',
  'needs_login',
  'outage',
  'starved',
  'budget',
  'backing_off',
  'paused',
  'taken_over',
  'stuck',
  'unreachable',
  'failed',
];

/** The one table of which action is allowed in which state; hived enforces it and the page shows it. */
const ALLOWED: Record<AgentAction, readonly AgentState[]> = {
  start: ['stopped'],
  // A rebuild whose new box never comes up must not hold the agent for ever.
  stop: ['rebuilding', ...UP],
  restart: UP,
  rebuild: ['stopped', 'rebuilding', ...UP],
  destroy: ['stopped', 'rebuilding', ...UP],
};

const WHY_NOT: Partial<Record<AgentState, string>> = {
  rebuilding: 'being rebuilt',
  stopping: 'being stopped',
  stopped: 'stopped',
};

/** The name of the root of the tree of agents (protocol/names.ts has it as a checked name). */
export const ROOT_AGENT = 'manager';

/** Why an agent is never destroyed, whatever its state; null for every agent but the root. */
export function whyNeverDestroyed(name: string): string | null {
  if (name !== ROOT_AGENT) return null;
  return 'The manager is the root of the hive and cannot be destroyed. Rebuild it instead.';
}

/** Null when the action is allowed; otherwise the reason, for a tooltip or (with the agent's name) an error. */
export function whyNot(action: AgentAction, state: AgentState, who = 'it'): string | null {
  if (ALLOWED[action].includes(state)) return null;
  return `Cannot ${action}: ${who} is ${WHY_NOT[state] ?? 'running already'}.`;
}
