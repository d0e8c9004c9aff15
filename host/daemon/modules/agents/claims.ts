import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';

/**
 * Names of agents that are being destroyed or restored: nothing is started for them, nor for another agent of that
 * name, until the claim is released. Claims are only in memory; after a restart the intents in the store claim the
 * names again.
 */
export interface Claims {
  claim(name: AgentName): void;
  /** The agent is gone, or stays and gets its box. */
  release(name: AgentName): void;
  has(name: AgentName): boolean;
  /** Throws `busy` for a name that is claimed. */
  requireFree(name: AgentName): void;
}

export function createClaims(onReleased: (name: AgentName) => void): Claims {
  // Not in `AgentMemory`: the claim outlives the agent.
  const claimed = new Set<AgentName>();
  return {
    claim: (name) => void claimed.add(name),
    release(name) {
      claimed.delete(name);
      onReleased(name);
    },
    has: (name) => claimed.has(name),
    requireFree(name) {
      if (claimed.has(name))
        throw new HiveError('busy', `${name} is being destroyed or restored. Try again when that is over.`);
    },
  };
}
