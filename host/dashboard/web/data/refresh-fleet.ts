import type { QueryClient } from '@tanstack/react-query';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { agentsChangedBy } from './affected-by.ts';
import { callHive } from './api.ts';

export type FleetList = OpOutput<BrowserOperations['listAgents']>;

export const FLEET_KEY = ['agents'] as const;
/** With more changed agents than this, the whole list is refetched. */
const MAX_NAMED = 20;
/** A state can change without an event (a pause ends, a harness stops responding), so the whole list is refetched this often. */
const WHOLE_LIST_MS = 30_000;

/** Keeps the fleet list up to date with events. */
export interface FleetRefresh {
  /** Refetches the entries that these events may have changed, or the whole list. */
  applyEvents(batch: readonly HiveEvent[]): void;
}

/**
 * A list of hundreds of agents takes tens of milliseconds of hived's only thread, and a busy hive has events all the
 * time: so only the agents that a batch of events concerns are refetched. One request runs at a time, so that an older
 * response never overwrites a newer one.
 */
export function createFleetRefresh(
  queries: QueryClient,
  { ask = (names: string) => callHive('listAgents', { names }), now = () => Date.now() } = {},
): FleetRefresh {
  const changed = new Set<string>();
  let isAsking = false;
  let wholeAt = now();

  function askForAll(): void {
    changed.clear();
    wholeAt = now();
    void queries.invalidateQueries({ queryKey: FLEET_KEY });
  }

  async function askForChanged(): Promise<void> {
    isAsking = true;
    while (changed.size > 0) {
      const names = new Set(changed);
      changed.clear();
      const answer = await ask([...names].join(',')).catch(() => null);
      const held = queries.getQueryData<FleetList>(FLEET_KEY);
      const patched = answer === null || held === undefined ? null : patchFleet(held, { answer, names });
      // A whole list that is being fetched may be older than this response: fetch it again.
      if (patched === null || queries.isFetching({ queryKey: FLEET_KEY }) > 0) askForAll();
      else queries.setQueryData(FLEET_KEY, patched);
    }
    isAsking = false;
  }

  return {
    applyEvents(batch) {
      for (const event of batch) {
        const names = agentsChangedBy(event);
        if (names === null) {
          askForAll();
          return;
        }
        for (const name of names) if (name !== 'operator') changed.add(name);
      }
      if (changed.size === 0) return;
      if (changed.size > MAX_NAMED || now() - wholeAt >= WHOLE_LIST_MS) askForAll();
      else if (!isAsking) void askForChanged();
    },
  };
}

/** The list with the named entries replaced; null when its members changed, so that the whole list must be refetched. */
export function patchFleet(
  held: FleetList,
  { answer, names }: { answer: FleetList; names: ReadonlySet<string> },
): FleetList | null {
  // A whole list that arrived meanwhile is newer in all its entries.
  if (answer.lastSeq < held.lastSeq) return held;
  const fresh = new Map(answer.agents.map((agent) => [agent.name as string, agent]));
  const known = held.agents.filter(({ name }) => names.has(name));
  if (known.length !== fresh.size || !known.every(({ name }) => fresh.has(name))) return null;
  return { agents: held.agents.map((agent) => fresh.get(agent.name) ?? agent), lastSeq: answer.lastSeq };
}
