import { type AgentSpec, agentSpec } from '../../../../../protocol/schemas/agent.ts';

/** The limit of cached texts, more than a hive has specs at any time; beyond it the cache is cleared. */
const MOST_KNOWN = 4_096;
const known = new Map<string, AgentSpec>();

/**
 * Parses the stored text of a spec. Cached by text, since a list of agents has hundreds of specs that hardly ever
 * change; so the object is shared, and frozen.
 */
export function parseSpec(text: string): AgentSpec {
  let spec = known.get(text);
  if (spec === undefined) {
    spec = freeze(agentSpec.parse(JSON.parse(text)));
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, spec);
  }
  return spec;
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner as object);
  return Object.freeze(value);
}
