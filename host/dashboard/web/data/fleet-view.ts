import type { AgentState, AgentView } from '../../../../protocol/schemas/agent.ts';
import { styleOf, orderFleet, type Placed, STATE_ORDER } from './order-fleet.ts';

/** The sort orders of the fleet with their labels. `tree` lists each agent after its parent. */
export const FLEET_SORTS = { tree: 'Parent', name: 'Name', state: 'State', cost: 'Cost', mail: 'Mail' } as const;
export type FleetSort = keyof typeof FLEET_SORTS;

/** Filter and sort order of the fleet list. `care` selects all states that need the operator's attention. */
export interface FleetQuery {
  state: AgentState | 'care' | null;
  /** A substring of the name or the role; case is ignored. */
  text: string;
  sort: FleetSort;
}

/** Reads the query from the page's address. A missing or invalid parameter does not restrict the list. */
export function readFleetQuery(params: URLSearchParams): FleetQuery {
  const state = params.get('state');
  const sort = params.get('sort') ?? '';
  return {
    state: state === 'care' ? 'care' : (STATE_ORDER.find((one) => one === state) ?? null),
    text: params.get('name') ?? '',
    sort: sort in FLEET_SORTS ? (sort as FleetSort) : 'tree',
  };
}

/** The parameters of the page's address for a query; defaults are left out. */
export function writeFleetQuery({ state, text, sort }: FleetQuery): Record<string, string> {
  return {
    ...(state === null ? {} : { state }),
    ...(text === '' ? {} : { name: text }),
    ...(sort === 'tree' ? {} : { sort }),
  };
}

/** The number of agents in each state that occurs, in STATE_ORDER. */
export function countStates(agents: readonly AgentView[]): { state: AgentState; count: number }[] {
  return STATE_ORDER.map((state) => ({ state, count: agents.filter((one) => one.state === state).length })).filter(
    ({ count }) => count > 0,
  );
}

/** The agents that match the query, in its sort order. */
export function chooseFleet(agents: readonly AgentView[], { state, text, sort }: FleetQuery): Placed[] {
  const wanted = text.trim().toLowerCase();
  const chosen = agents.filter(
    (agent) =>
      (state === null || (state === 'care' ? styleOf(agent.state).needsCare : agent.state === state)) &&
      (agent.name.includes(wanted) || agent.spec.role.toLowerCase().includes(wanted)),
  );
  if (sort === 'tree') return orderFleet(chosen);
  return chosen
    .toSorted((a, b) => COMPARE[sort](a, b) || a.name.localeCompare(b.name))
    .map((agent) => ({ agent, depth: 0 }));
}

/** Numbers descending, names alphabetically. Dead mail ranks before waiting mail. */
const COMPARE: Record<Exclude<FleetSort, 'tree'>, (a: AgentView, b: AgentView) => number> = {
  name: () => 0,
  state: (a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state),
  cost: (a, b) => b.usage.costUsd - a.usage.costUsd || b.usage.unpricedCalls - a.usage.unpricedCalls,
  mail: (a, b) => b.dead - a.dead || b.queued + b.leased - (a.queued + a.leased),
};
