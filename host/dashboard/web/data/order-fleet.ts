import type { AgentState, AgentView } from '../../../../protocol/schemas/agent.ts';

/** An agent with how deep it stands in the tree. */
export interface Placed {
  agent: AgentView;
  depth: number;
}

/** The tree of agents as a list: each after its parent, siblings by name. Orphans and loops end up at the top level. */
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

/** How a state looks and whether the operator should look at it. */
export interface Look {
  label: string;
  color: 'gray' | 'green' | 'blue' | 'violet' | 'orange' | 'red';
  needsCare: boolean;
}

const LOOKS: Record<AgentState, Look> = {
  stopped: { label: 'Stopped', color: 'gray', needsCare: false },
  starting: { label: 'Starting', color: 'violet', needsCare: false },
  rebuilding: { label: 'Rebuilding', color: 'violet', needsCare: false },
  stopping: { label: 'Stopping', color: 'violet', needsCare: false },
  idle: { label: 'Idle', color: 'green', needsCare: false },
  working: { label: 'Working', color: 'blue', needsCare: false },
  rate_limited: { label: 'Rate limited', color: 'orange', needsCare: false },
  needs_login: { label: 'Needs login', color: 'red', needsCare: true },
  outage: { label: 'Provider outage', color: 'orange', needsCare: true },
  starved: { label: 'Box starved', color: 'red', needsCare: true },
  backing_off: { label: 'Backing off', color: 'orange', needsCare: true },
  unreachable: { label: 'Unreachable', color: 'red', needsCare: true },
  failed: { label: 'Failed', color: 'red', needsCare: true },
};

export function lookOf(state: AgentState): Look {
  return LOOKS[state];
}

/** States by how much they concern the operator: trouble first, then work, then rest. */
export const STATE_ORDER: readonly AgentState[] = [
  'failed',
  'unreachable',
  'needs_login',
  'starved',
  'outage',
  'backing_off',
  'rate_limited',
  'working',
  'starting',
  'rebuilding',
  'stopping',
  'idle',
  'stopped',
];

/**
 * The sidebar's order: by state, then by name. `held` is an order to keep: agents in it stay as they are there and
 * others come after, so that nothing moves away under a pointer.
 */
export function orderByCare(agents: readonly AgentView[], held: readonly string[] | null): AgentView[] {
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
