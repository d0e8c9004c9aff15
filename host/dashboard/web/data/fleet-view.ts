import type { AgentState, AgentView } from '../../../../protocol/schemas/agent.ts';
import { lookOf, orderFleet, type Placed, STATE_ORDER } from './order-fleet.ts';

/** In what order the fleet is listed, with its words. `tree` puts each agent after its parent. */
export const FLEET_SORTS = { tree: 'Parent', name: 'Name', state: 'State', cost: 'Cost', mail: 'Mail' } as const;
export type FleetSort = keyof typeof FLEET_SORTS;

/** What of the fleet is listed. `care` stands for every state that needs the operator. */
export interface FleetQuery {
  state: AgentState | 'care' | null;
  /** Part of a name or a role, in any case. */
  text: string;
  sort: FleetSort;
}

/** The choice as the address holds it; what it does not hold, or holds wrongly, is not restricted. */
export function readFleetQuery(params: URLSearchParams): FleetQuery {
  const state = params.get('state');
  const sort = params.get('sort') ?? '';
  return {
    state: state === 'care' ? 'care' : (STATE_ORDER.find((one) => one === state) ?? null),
    text: params.get('name') ?? '',
    sort: sort in FLEET_SORTS ? (sort as FleetSort) : 'tree',
  };
}

/** The address' form of a choice; what is not restricted is left out. */
export function writeFleetQuery({ state, text, sort }: FleetQuery): Record<string, string> {
  return {
    ...(state === null ? {} : { state }),
    ...(text === '' ? {} : { name: text }),
    ...(sort === 'tree' ? {} : { sort }),
  };
}

/** How many agents are in each state that some are in; the ones that need care first. */
export function countStates(agents: readonly AgentView[]): { state: AgentState; count: number }[] {
  return STATE_ORDER.map((state) => ({ state, count: agents.filter((one) => one.state === state).length })).filter(
    ({ count }) => count > 0,
  );
}

/** The agents that are chosen, in the chosen order. */
export function chooseFleet(agents: readonly AgentView[], { state, text, sort }: FleetQuery): Placed[] {
  const wanted = text.trim().toLowerCase();
  const chosen = agents.filter(
    (agent) =>
      (state === null || (state === 'care' ? lookOf(agent.state).needsCare : agent.state === state)) &&
      (agent.name.includes(wanted) || agent.spec.role.toLowerCase().includes(wanted)),
  );
  if (sort === 'tree') return orderFleet(chosen);
  return chosen
    .toSorted((a, b) => COMPARE[sort](a, b) || a.name.localeCompare(b.name))
    .map((agent) => ({ agent, depth: 0 }));
}

/** The largest first, names alphabetically. Mail that was given up weighs more than mail that waits. */
const COMPARE: Record<Exclude<FleetSort, 'tree'>, (a: AgentView, b: AgentView) => number> = {
  name: () => 0,
  state: (a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state),
  cost: (a, b) => b.usage.costUsd - a.usage.costUsd || b.usage.unpricedCalls - a.usage.unpricedCalls,
  mail: (a, b) => b.dead - a.dead || b.queued + b.leased - (a.queued + a.leased),
};
