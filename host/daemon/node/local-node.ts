import { join } from 'node:path';
import { AGENT_SOCKET, type BoxService } from '../../../protocol/box-paths.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { agentPlaces, type NodeDirs, prepareAgent, prepareNode } from './agent-directories.ts';
import { setDefaultAcl } from './default-acl.ts';
import { packFiles, unpackFiles } from './pack-files.ts';
import { LOCAL_NODE, type NodeName, type Place } from './place.ts';
import { readToolchainVersions, type ToolchainVersions } from './toolchain-version.ts';
import { createTrash, type Trash } from './trash.ts';
import type { Users } from './users.ts';
import { exists } from '../../../system/exists.ts';

/** An agent, and the number that its user follows from. */
export interface NodeAgent {
  readonly name: AgentName;
  readonly id: number;
}

/**
 * A machine that boxes run on, and everything that touches their files there. Nothing outside this folder makes a path
 * of an agent's (test/house/places.test.ts): a second machine is a second implementation of this.
 */
export interface LocalNode {
  readonly name: NodeName;
  /** Makes the directories that all agents share. `sharedAcl` is false where /shared cannot have a default ACL. */
  prepare(): Promise<{ sharedAcl: boolean }>;
  /** Makes an agent's directories, with their owners, and its account files. Idempotent. */
  prepareAgent(agent: NodeAgent & { readonly pids: number }): Promise<void>;
  /** The path of a place, for what works on this machine: its engine, what measures its disk, and people. */
  pathOf(place: Place): string;
  /** The directory that holds an agent's files, for people. */
  filesOf(agent: AgentName): string;
  /** The path at which a service listens for an agent; the agent's box alone mounts its directory. */
  socketOf(agent: AgentName, service: BoxService): string;
  /** Packs an agent's files into an archive at that path. Throws `storage_unavailable`. */
  pack(agent: NodeAgent, archive: string): Promise<void>;
  /** Unpacks an archive into an agent's empty directories. Throws `storage_unavailable`. */
  unpack(agent: NodeAgent, archive: string): Promise<void>;
  readonly trash: Trash;
  /** Which toolchain boxes see. Read anew at each call. */
  toolchainVersions(): ToolchainVersions;
  /** Whether the toolchain has this program, e.g. `node/bin/node`. */
  hasProgram(program: string): Promise<boolean>;
}

export function createLocalNode(deps: {
  dirs: NodeDirs;
  users: Users;
  /** Files of an agent that is gone could not be deleted; they are tried again. */
  onLeft: (error: unknown) => void;
}): LocalNode {
  const { dirs, users, onLeft } = deps;
  const packing = ({ name, id }: NodeAgent, archive: string) => ({
    files: agentPlaces(dirs, name).files,
    archive,
    uid: users.separate ? users.agent(id) : null,
  });
  return {
    name: LOCAL_NODE,
    async prepare() {
      await prepareNode(dirs, users);
      return { sharedAcl: !users.separate || (await setDefaultAcl(dirs.shared)) };
    },
    prepareAgent: (agent) => prepareAgent(dirs, users, agent),
    pathOf: (place) => pathOf(dirs, place),
    filesOf: (agent) => agentPlaces(dirs, agent).files,
    socketOf: (agent, service) => join(agentPlaces(dirs, agent)[`${service}Dir`], AGENT_SOCKET),
    pack: (agent, archive) => packFiles(packing(agent, archive)),
    unpack: (agent, archive) => unpackFiles(packing(agent, archive)),
    trash: createTrash({ dirs, users, onLeft }),
    toolchainVersions: () => readToolchainVersions(dirs.toolchain),
    hasProgram: (program) => exists(join(dirs.toolchain, program)),
  };
}

function pathOf(dirs: NodeDirs, place: Place): string {
  if (place.agent === null) return dirs[place.kind];
  const own = agentPlaces(dirs, place.agent);
  switch (place.kind) {
    case 'state':
    case 'harness':
      return own[place.kind];
    case 'hived-sockets':
      return own.hivedDir;
    case 'forge-sockets':
      return own.forgeDir;
    case 'gateway-sockets':
      return own.gatewayDir;
    case 'passwd':
    case 'group':
    case 'gitconfig':
    case 'bash-env':
      return join(own.account, place.kind);
  }
}
