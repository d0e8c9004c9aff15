import type { AgentName } from '../../../../protocol/names.ts';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import type { EntryState, ModelEntry } from '../../../../protocol/schemas/model.ts';
import type { ModelMap } from '../../config/model-map.ts';

type Models = OpOutput<(typeof operatorSurface)['listModels']>;

/** The states of entries that answer, best first; without a key anywhere, the demo model stands in for the first one. */
const ANSWERING = ['ready', 'failing', 'demo'];

/** The names of the map, with who answers each. `stateOf` returns null when the gateway does not say. */
export function describeModels(
  map: ModelMap,
  facts: {
    stateOf: (entry: ModelEntry) => EntryState | null;
    /** The agents whose spec names this model. */
    agentsWith: (name: string) => AgentName[];
  },
): Models['models'] {
  return [...map].map(([name, entries]) => {
    const described = entries.map((entry) => {
      const { state, until } = facts.stateOf(entry) ?? { state: 'unknown' as const, until: null };
      return { ...entry, state, until };
    });
    const answering = ANSWERING.flatMap((state) => described.find((entry) => entry.state === state) ?? [])[0];
    return {
      name,
      entries: described.map((entry) => ({ ...entry, answers: entry === answering })),
      agents: facts.agentsWith(name),
    };
  });
}
