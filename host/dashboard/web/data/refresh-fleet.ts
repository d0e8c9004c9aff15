import type { QueryClient } from '@tanstack/react-query';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { agentsChangedBy } from './affected-by.ts';
import { callHive } from './api.ts';

export type FleetList = OpOutput<BrowserOperations['listAgents']>;

export const FLEET_KEY = ['agents'] as const;
/** From so many changed agents on, the whole list is asked for. */
const MOST_NAMED = 20;
/** A state can change by the clock alone (a pause ends, a harness falls silent): the whole list is asked for this often. */
const WHOLE_LIST_MS = 30_000;

/** Keeps the fleet's list up to date with events. */
export interface FleetRefresh {
  /** Asks hived for the entries that these events may have changed; for the whole list when that is simpler. */
  applyEvents(batch: readonly HiveEvent[]): void;
}

/**
 * A list of hundreds of agents takes tens of milliseconds of hived's only thread, and a busy hive has events all the
 * time: only the agents that a batch of events concerns are asked for. One request runs at a time, so that no answer
 * overtakes a newer one.
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
      // What comes of a whole list under way may be older than this answer.
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
      if (changed.size > MOST_NAMED || now() - wholeAt >= WHOLE_LIST_MS) askForAll();
      else if (!isAsking) void askForChanged();
    },
  };
}

/** The list with the asked entries as they are now; null when its members changed, so that it has to be asked for whole. */
export function patchFleet(
  held: FleetList,
  { answer, names }: { answer: FleetList; names: ReadonlySet<string> },
): FleetList | null {
  // A list that came meanwhile is newer in all its entries.
  if (answer.lastSeq < held.lastSeq) return held;
  const fresh = new Map(answer.agents.map((agent) => [agent.name as string, agent]));
  const known = held.agents.filter(({ name }) => names.has(name));
  if (known.length !== fresh.size || !known.every(({ name }) => fresh.has(name))) return null;
  return { agents: held.agents.map((agent) => fresh.get(agent.name) ?? agent), lastSeq: answer.lastSeq };
}
