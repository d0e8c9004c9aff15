import type { AgentState, AgentView } from '../../../../protocol/schemas/agent.ts';

/** An agent with its depth in the tree. */
export interface Placed {
  agent: AgentView;
  depth: number;
}

/** The tree of agents as a list: each after its parent, siblings by name. Orphans and cycles are listed at the top level. */
export function orderFleet(agents: readonly AgentView[]): Placed[] {
  const byName = agents.toSorted((a, b) => a.name.localeCompare(b.name));
  const known = new Set(agents.map(({ name }) => name));
  const placed = new Set<string>();
  const list: Placed[] = [];
  const place = (agent: AgentView, depth: number): void => {
    if (placed.has(agent.name)) return;
    placed.add(agent.name);
    list.push({ agent, depth });
    for (const child of byName) if (child.parent === agent.name) place(child, depth + 1);
  };
  for (const agent of byName) if (agent.parent === null || !known.has(agent.parent)) place(agent, 0);
  for (const agent of byName) place(agent, 0);
  return list;
}

/** The label and colour of a state, and whether it needs the operator's attention. */
export interface StateStyle {
  label: string;
  color: 'gray' | 'green' | 'blue' | 'violet' | 'orange' | 'red';
  needsCare: boolean;
}

const STYLES: Record<AgentState, StateStyle> = {
  stopped: { label: 'Stopped', color: 'gray', needsCare: false },
  starting: { label: 'Starting', color: 'violet', needsCare: false },
  rebuilding: { label: 'Rebuilding', color: 'violet', needsCare: false },
  stopping: { label: 'Stopping', color: 'violet', needsCare: false },
  idle: { label: 'Idle', color: 'green', needsCare: false },
  blocked: { label: 'Waits for an answer', color: 'gray', needsCare: false },
  working: { label: 'Working', color: 'blue', needsCare: false },
  rate_limited: { label: 'Rate limited', color: 'orange', needsCare: false },
  needs_login: { label: 'Needs login', color: 'red', needsCare: true },
  outage: { label: 'Provider outage', color: 'orange', needsCare: true },
  starved: { label: 'Box starved', color: 'red', needsCare: true },
  budget: { label: 'Budget used up', color: 'orange', needsCare: true },
  backing_off: { label: 'Backing off', color: 'orange', needsCare: true },
  paused: { label: 'Paused', color: 'gray', needsCare: false },
  taken_over: { label: 'Taken over', color: 'violet', needsCare: false },
  stuck: { label: 'Stuck', color: 'red', needsCare: true },
  unreachable: { label: 'Unreachable', color: 'red', needsCare: true },
  failed: { label: 'Failed', color: 'red', needsCare: true },
};

export function styleOf(state: AgentState): StateStyle {
  return STYLES[state];
}

/** States by how much attention they need: failures first, then active states, then inactive ones. */
export const STATE_ORDER: readonly AgentState[] = [
  'failed',
  'unreachable',
  'stuck',
  'needs_login',
  'starved',
  'outage',
  'budget',
  'backing_off',
  'rate_limited',
  'working',
  'starting',
  'rebuilding',
  'stopping',
  'taken_over',
  'paused',
  'blocked',
  'idle',
  'stopped',
];

/**
 * The sidebar's order: by state, then by name. Agents in `held` keep that order and all others follow, so that entries
 * do not move under the pointer.
 */
export function orderByState(agents: readonly AgentView[], held: readonly string[] | null): AgentView[] {
  const placeOf = ({ name }: AgentView) => {
    const place = held?.indexOf(name) ?? -1;
    return place === -1 ? Infinity : place;
  };
  const compareHeld = (a: AgentView, b: AgentView) => (placeOf(a) === placeOf(b) ? 0 : placeOf(a) - placeOf(b));
  return agents.toSorted(
    (a, b) =>
      compareHeld(a, b) || STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) || a.name.localeCompare(b.name),
  );
}
