import type { RepoCaller } from '../protocol/access/repo-access.ts';
import { HiveError } from '../protocol/errors.ts';
import { type AgentName, OPERATOR, type RepoOwner } from '../protocol/names.ts';

export interface AgentLine {
  readonly name: AgentName;
  readonly isManager: boolean;
  /** The path of this agent's socket. */
  readonly socket: string;
}

/** The agents of the hive, from hived's last message. */
export interface Roster {
  set(agents: readonly AgentLine[]): void;
  /**
   * The present rights of an agent: it can become manager, or be destroyed, while its socket is open. Throws
   * `unknown_agent`.
   */
  callerNamed(name: AgentName): Extract<RepoCaller, { kind: 'agent' }>;
  /** Whether repositories may be created for that owner: an agent of this hive, `shared`, `hive` or the operator. */
  isOwnerKnown(owner: RepoOwner): boolean;
}

export function createRoster(): Roster {
  let agents: ReadonlyMap<AgentName, AgentLine> = new Map();
  return {
    set(lines) {
      agents = new Map(lines.map((line) => [line.name, line]));
    },
    callerNamed(name) {
      const agent = agents.get(name);
      if (agent === undefined) throw new HiveError('unknown_agent');
      return { kind: 'agent', name, isManager: agent.isManager };
    },
    isOwnerKnown: (owner) => owner === 'shared' || owner === 'hive' || owner === OPERATOR || agents.has(owner),
  };
}
