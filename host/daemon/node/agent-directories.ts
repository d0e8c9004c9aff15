import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentName } from '../../../protocol/names.ts';
import { RESERVED_PIDS, writeAccountFiles } from './account-files.ts';
import type { Users } from './users.ts';
import { exists } from '../../../system/exists.ts';

export interface Owner {
  mode: number;
  uid?: number;
  gid?: number;
}

/**
 * Creates a directory or corrects an existing one. Only for directories whose parent nobody but hived can write, so
 * that no link can replace them.
 */
export async function ensureDirectory(path: string, users: Users, owner: Owner): Promise<void> {
  await mkdir(path, { recursive: true });
  if (users.separate) await chown(path, owner.uid ?? 0, owner.gid ?? 0);
  await chmod(path, owner.mode);
}

/** The directories in which a node keeps the files of its boxes. All absolute. */
export interface NodeDirs {
  /** One directory for each agent. */
  agents: string;
  shared: string;
  toolchain: string;
  /** Filled by the operator; agents read it. */
  skills: string;
  /** Written by hived from the repository shared/docs; agents read it. */
  'docs-skills': string;
  /** Files of agents that are gone, waiting for deletion. */
  trash: string;
  /** One directory of sockets for each agent. */
  sockets: string;
  /** One directory for each running check, with the forge's socket for it. */
  checks: string;
  /** The same as `trash` for sockets, which are usually on another file system: a rename does not cross it. */
  socketTrash: string;
}

/** The paths of an agent's directories on its node. */
export function agentPlaces(dirs: Pick<NodeDirs, 'agents' | 'sockets'>, name: AgentName) {
  const files = join(dirs.agents, name);
  const sockets = join(dirs.sockets, name);
  return {
    files,
    state: join(files, 'state'),
    harness: join(files, 'harness'),
    account: join(files, 'account'),
    sockets,
    /** Beside the sockets, since `<run>` is usually in memory: values of secrets are kept nowhere else on disk. */
    secrets: join(sockets, 'secrets'),
    hivedDir: join(sockets, 'hived'),
    forgeDir: join(sockets, 'forge'),
    gatewayDir: join(sockets, 'gateway'),
  };
}

/** The directories that all agents of a node share. Idempotent. */
export async function prepareNode(dirs: NodeDirs, users: Users): Promise<void> {
  const ensure = (path: string, owner: Owner) => ensureDirectory(path, users, owner);
  await ensure(dirs.trash, { mode: 0o700 });
  await ensure(dirs.agents, { mode: 0o711 });
  // Sticky: only the creator of a file at the top may remove or replace it, e.g. a file that was announced.
  await ensure(dirs.shared, { mode: 0o3770, gid: users.sharedGroup });
  await ensure(dirs.skills, { mode: 0o755 });
  await ensure(dirs['docs-skills'], { mode: 0o755 });
  await ensure(dirs.sockets, { mode: 0o711 });
  await ensure(dirs.checks, { mode: 0o711 });
}

/** An agent's directories: its files, and one directory of sockets for each service that listens for it. */
export async function prepareAgent(
  dirs: NodeDirs,
  users: Users,
  agent: { name: AgentName; id: number; pids: number },
): Promise<void> {
  const own = agentPlaces(dirs, agent.name);
  const uid = users.agent(agent.id);
  const ensure = (path: string, owner: Owner) => ensureDirectory(path, users, owner);
  // Closed to all other users, whatever modes the agent gives its files; the archiver runs with its group.
  await ensure(own.files, { mode: 0o750, gid: uid });
  for (const dir of [own.state, own.harness])
    if (!(await exists(dir))) await ensure(dir, { mode: 0o750, uid, gid: uid });
  await ensure(own.account, { mode: 0o755 });
  await writeAccountFiles(own.account, {
    name: agent.name,
    uid,
    gid: users.separate ? uid : users.sharedGroup,
    sharedGroup: users.sharedGroup,
    // The kernel counts processes by user: without separate users all boxes run as hived's.
    commandPids: users.separate ? agent.pids - RESERVED_PIDS : null,
  });
  await ensure(own.sockets, { mode: 0o711 });
  await ensure(own.secrets, { mode: 0o750, gid: uid });
  await ensure(own.hivedDir, { mode: 0o750, gid: uid });
  await ensure(own.forgeDir, { mode: 0o2750, uid: users.forge, gid: uid });
  await ensure(own.gatewayDir, { mode: 0o2750, uid: users.gateway, gid: uid });
}
