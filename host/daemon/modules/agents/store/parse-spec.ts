import { type AgentSpec, agentSpec } from '../../../../../protocol/schemas/agent.ts';

/** More texts than a hive has specs at any time; then it begins anew. */
const MOST_KNOWN = 4_096;
const known = new Map<string, AgentSpec>();

/**
 * A spec from the text that the store holds. Parsed once for each text, since a list of agents has hundreds of them and
 * they hardly ever change; so the object is shared, and frozen.
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
