/**
 * hived's memory about agents: rates, harnesses, keepers, waiting calls. Every part gets its map from here, so that the
 * end of an agent empties all of them and no part has to do it itself (test/house/agent-memory.test.ts).
 */
export interface AgentMemory {
  /**
   * A map by agent name, from which an agent's entry is deleted when the agent is gone. `what` names its contents;
   * `onForget` ends the resources of a value (timers, waiting calls), just before the value is dropped, and must not
   * throw.
   */
  keep<V, Name extends string = string>(what: string, onForget?: (value: V) => void): Map<Name, V>;
  /** An agent is gone: deletes its entries. May be repeated. */
  forget(name: string): void;
  /** The names of the contents of all maps. */
  kinds(): string[];
  /** The maps with an entry for this name; empty when there is none. */
  heldOf(name: string): string[];
}

export function createAgentMemory(): AgentMemory {
  const kept: { what: string; holds: (name: string) => boolean; forget: (name: string) => void }[] = [];
  return {
    keep<V, Name extends string>(what: string, onForget?: (value: V) => void) {
      const map = new Map<Name, V>();
      kept.push({
        what,
        holds: (name) => map.has(name as Name),
        forget(name) {
          const value = map.get(name as Name);
          if (!map.delete(name as Name)) return;
          onForget?.(value as V);
        },
      });
      return map;
    },
    forget: (name) => kept.forEach((one) => one.forget(name)),
    kinds: () => kept.map(({ what }) => what),
    heldOf: (name) => kept.filter((one) => one.holds(name)).map(({ what }) => what),
  };
}
