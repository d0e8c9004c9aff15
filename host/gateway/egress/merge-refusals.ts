import type { EgressRecord } from '../../../protocol/schemas/egress.ts';

/**
 * Collects records of requests that reached nothing for a moment, so that a box that repeats one makes one row with a
 * count and not thousands.
 */
export interface RefusalMerger {
  add(record: EgressRecord): void;
  /** Passes on what is collected, now. */
  flush(): void;
}

/** Different refusals of one agent that are kept apart within a moment; further ones count as the last of them. */
const MOST_PER_AGENT = 50;

export function createRefusalMerger(deps: {
  pass: (record: EgressRecord) => void;
  /** Calls back after a moment, about a second. */
  later: (flush: () => void) => void;
}): RefusalMerger {
  let collected = new Map<string, Map<string, EgressRecord>>();

  function flush(): void {
    const all = collected;
    collected = new Map();
    for (const ofAgent of all.values()) for (const record of ofAgent.values()) deps.pass(record);
  }

  return {
    add(record) {
      if (collected.size === 0) deps.later(flush);
      const ofAgent = collected.get(record.agent) ?? new Map<string, EgressRecord>();
      collected.set(record.agent, ofAgent);
      const { kind, host, port, method, why } = record;
      const own = JSON.stringify([kind, host, port, method, why]);
      const key = ofAgent.has(own) || ofAgent.size < MOST_PER_AGENT ? own : [...ofAgent.keys()].at(-1)!;
      const known = ofAgent.get(key);
      if (known === undefined) return void ofAgent.set(key, record);
      const { startedAt } = known;
      const count = known.count + record.count;
      return void ofAgent.set(key, { ...known, startedAt, endedAt: record.endedAt, count });
    },
    flush,
  };
}
