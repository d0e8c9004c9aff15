import { join } from 'node:path';
import { AGENT_SOCKET, type BoxService, EGRESS_SOCKET } from '../../../protocol/box-paths.ts';
import { DOCS_SKILLS_NOW } from '../../../protocol/told/docs-skills-now.ts';
import type { AgentName } from '../../../protocol/names.ts';
import {
  type HiveSkills,
  joinSkills,
  readSkills,
  SKILL_BOUNDS,
  SKILL_FILE,
  type Skills,
} from '../../../protocol/told/skills.ts';
import { agentPlaces, type NodeDirs, prepareAgent, prepareNode } from './agent-directories.ts';
import { checkSocketDir, prepareCheck, removeCheck } from './check-directories.ts';
import { setDefaultAcl } from './default-acl.ts';
import { packFiles, unpackFiles } from './pack-files.ts';
import { createDocsSkills, type DocsSkills } from './docs-skills.ts';
import { LOCAL_NODE, type NodeName, type Place } from './place.ts';
import { type RawLinesRead, readRawLines } from './read-raw-lines.ts';
import { readToolchainVersions, type ToolchainVersions } from './toolchain-version.ts';
import { writeSecretFiles } from './secret-files.ts';
import { createTrash, type Trash } from './trash.ts';
import type { Users } from './users.ts';
import { exists } from '../../../system/exists.ts';
import { readInEach } from '../../../system/read-in-each.ts';
import { readFrontMatter } from '../../../system/text/read-front-matter.ts';

/** An agent, and the number from which its uid is derived. */
export interface NodeAgent {
  readonly name: AgentName;
  readonly id: number;
}

/**
 * A machine that boxes run on, and all access to their files there. Only this folder builds paths of agents
 * (test/house/places.test.ts): a second machine is a second implementation of this.
 */
export interface LocalNode {
  readonly name: NodeName;
  /** Creates the directories that all agents share. `sharedAcl` is false where /shared cannot have a default ACL. */
  prepare(): Promise<{ sharedAcl: boolean }>;
  /** Creates an agent's directories, with their owners, and its account files. Idempotent. */
  prepareAgent(agent: NodeAgent & { readonly pids: number }): Promise<void>;
  /** The path of a place, for users of it on this machine: its engine, the measurement of its disk, and people. */
  pathOf(place: Place): string;
  /** The directory of an agent's files, for people. */
  filesOf(agent: AgentName): string;
  /** The path of a service's socket for an agent; only the agent's box mounts its directory. */
  socketOf(agent: AgentName, service: BoxService): string;
  /** The path of the gateway's egress proxy for an agent, beside its other socket. */
  egressSocketOf(agent: AgentName): string;
  /** Makes the files with an agent's secrets those given, by name; see `writeSecretFiles`. */
  writeSecrets(agent: NodeAgent, files: ReadonlyMap<string, string>): Promise<void>;
  /** Packs an agent's files into an archive at that path. Throws `storage_unavailable`. */
  pack(agent: NodeAgent, archive: string): Promise<void>;
  /** Unpacks an archive into an agent's empty directories. Throws `storage_unavailable`. */
  unpack(agent: NodeAgent, archive: string): Promise<void>;
  /** The raw lines of a turn that its harness kept; see `readRawLines`. */
  readRawLines(agent: NodeAgent, turn: number): Promise<RawLinesRead>;
  /**
   * Creates the directory of the forge's socket for a run of a check, whose box runs as `uid`. Returns the path of the
   * socket.
   */
  prepareCheck(run: number, uid: number): Promise<string>;
  /** Deletes it again; of all runs when null. No error when it is gone. */
  removeCheck(run: number | null): Promise<void>;
  readonly trash: Trash;
  /** The skills that boxes get, and the commit of those of the docs. Read again at each call. */
  skills(): Promise<HiveSkills & { readonly docsCommit: string | null }>;
  readonly docsSkills: DocsSkills;
  /** The toolchain that boxes get. Read again at each call. */
  toolchainVersions(): ToolchainVersions;
  /** Whether the toolchain has this program, e.g. `node/bin/node`. */
  hasProgram(program: string): Promise<boolean>;
}

export function createLocalNode(deps: {
  dirs: NodeDirs;
  users: Users;
  /** Called when files of an agent that is gone could not be deleted; deletion is retried. */
  onLeft: (error: unknown) => void;
}): LocalNode {
  const { dirs, users, onLeft } = deps;
  const docsSkills = createDocsSkills(dirs['docs-skills']);
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
    egressSocketOf: (agent) => join(agentPlaces(dirs, agent).gatewayDir, EGRESS_SOCKET),
    writeSecrets: ({ name, id }, files) =>
      writeSecretFiles(agentPlaces(dirs, name).secrets, files, users.separate ? users.agent(id) : null),
    pack: (agent, archive) => packFiles(packing(agent, archive)),
    unpack: (agent, archive) => unpackFiles(packing(agent, archive)),
    readRawLines: ({ name, id }, turn) =>
      readRawLines({ harness: agentPlaces(dirs, name).harness, turn, uid: users.separate ? users.agent(id) : null }),
    prepareCheck: (run, uid) => prepareCheck(dirs, users, { run, uid }),
    removeCheck: (run) => removeCheck(dirs, users, run),
    trash: createTrash({ dirs, users, onLeft }),
    async skills() {
      const origin = await docsSkills.origin();
      const [operator, docs] = [await readIn(dirs.skills), await readIn(join(dirs['docs-skills'], DOCS_SKILLS_NOW))];
      const all = { offered: docs.offered, skipped: [...docs.skipped, ...(origin?.skipped ?? [])] };
      return { ...joinSkills({ operator, docs: all }), docsCommit: origin?.commit ?? null };
    },
    docsSkills,
    toolchainVersions: () => readToolchainVersions(dirs.toolchain),
    hasProgram: (program) => exists(join(dirs.toolchain, program)),
  };
}

async function readIn(dir: string): Promise<Skills> {
  return readSkills(await readInEach(dir, SKILL_FILE, SKILL_BOUNDS), readFrontMatter);
}

function pathOf(dirs: NodeDirs, place: Place): string {
  if (place.kind === 'check-sockets') return checkSocketDir(dirs, place.run);
  if (place.agent === null) return dirs[place.kind];
  const own = agentPlaces(dirs, place.agent);
  switch (place.kind) {
    case 'state':
    case 'harness':
    case 'secrets':
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
