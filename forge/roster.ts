import { type MemberLevel, plainOwner, type RepoCaller } from '../protocol/access/repo-access.ts';
import { HiveError } from '../protocol/errors.ts';
import { type AgentName, OPERATOR, type ProjectName, type RepoOwner } from '../protocol/names.ts';
import type { ForgeControl } from '../protocol/schemas/service.ts';
import type { OwnerFacts } from './access/authorize.ts';

/** The agents and projects of the hive, as hived sends them. */
export type RosterLine = Omit<Extract<ForgeControl, { type: 'agents' }>, 'type'>;
export type AgentLine = RosterLine['agents'][number];

/** The agents and projects of the hive, from hived's last message. */
export interface Roster {
  set(line: RosterLine): void;
  /**
   * The present rights of an agent: it can become manager, join or leave a project, or be destroyed, while its socket
   * is open. Throws `unknown_agent`.
   */
  callerNamed(name: AgentName): Extract<RepoCaller, { kind: 'agent' }>;
  /**
   * Whether repositories may be created for that owner: an agent or a project of this hive, `shared`, `hive` or the
   * operator.
   */
  isOwnerKnown(owner: RepoOwner): boolean;
  /** The same by any name; null: there is no such agent. */
  findCaller(name: string): RepoCaller | null;
  /** Whether the agent `name` is below `maker` in the tree of agents. */
  isMadeBy(name: string, maker: string): boolean;
  /** The role in an agent's spec; null: there is no such agent, or none is known. */
  roleOf(name: string): string | null;
  /** Whether hived has sent its agents and projects since the forge started. */
  isSet(): boolean;
  /** An owner with its members. A name that this hive does not know counts as that of an agent. */
  ownerOf(owner: RepoOwner): OwnerFacts;
}

type Memberships = ReadonlyMap<ProjectName, MemberLevel>;

export function createRoster(): Roster {
  let agents: ReadonlyMap<string, AgentLine & { readonly memberships: Memberships }> = new Map();
  let projects: ReadonlyMap<string, Extract<OwnerFacts, { kind: 'project' }>> = new Map();
  let isSet = false;
  return {
    set(line) {
      isSet = true;
      const names = new Set<string>(line.agents.map(({ name }) => name));
      // hived gives no project an agent's name; if it did, the agent would keep its repositories.
      const known = new Set(line.projects.filter((name) => !names.has(name)));
      agents = new Map(
        line.agents.map((agent) => [agent.name, { ...agent, memberships: membershipsOf(agent, known) }]),
      );
      projects = new Map(
        [...known].map((name) => [name, { kind: 'project', name, members: membersOf(name, agents.values()) }]),
      );
    },
    callerNamed(name) {
      const agent = agents.get(name);
      if (agent === undefined) throw new HiveError('unknown_agent');
      return callerOf(agent);
    },
    findCaller(name) {
      const agent = agents.get(name);
      return agent === undefined ? null : callerOf(agent);
    },
    isMadeBy(name, maker) {
      const seen = new Set([name]);
      for (let parent = agents.get(name)?.parent; parent != null; parent = agents.get(parent)?.parent) {
        if (parent === maker) return true;
        if (seen.has(parent)) return false;
        seen.add(parent);
      }
      return false;
    },
    roleOf: (name) => agents.get(name)?.role ?? null,
    isSet: () => isSet,
    isOwnerKnown: (owner) =>
      owner === 'shared' || owner === 'hive' || owner === OPERATOR || agents.has(owner) || projects.has(owner),
    ownerOf: (owner) => projects.get(owner) ?? plainOwner(owner as Exclude<RepoOwner, ProjectName>),
  };
}

function callerOf({ name, isManager, memberships }: AgentLine & { readonly memberships: Memberships }) {
  return { kind: 'agent' as const, name, isManager, projects: memberships };
}

function membershipsOf(agent: AgentLine, known: ReadonlySet<string>): Memberships {
  const given = Object.entries(agent.projects) as [ProjectName, MemberLevel][];
  return new Map(given.filter(([project]) => known.has(project)));
}

function membersOf(
  project: ProjectName,
  agents: Iterable<{ readonly name: AgentName; readonly memberships: Memberships }>,
): ReadonlyMap<AgentName, MemberLevel> {
  const members = new Map<AgentName, MemberLevel>();
  for (const { name, memberships } of agents) {
    const level = memberships.get(project);
    if (level !== undefined) members.set(name, level);
  }
  return members;
}
