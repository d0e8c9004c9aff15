import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentName } from '../../../../protocol/names.ts';
import type { Places } from '../../config.ts';
import { RESERVED_PIDS, writeAccountFiles } from './account-files.ts';

/** Numeric users and groups of a hive, from `uids.base`. As an ordinary user, hived gives everything its own. */
export interface Users {
  gateway: number;
  dashboard: number;
  forge: number;
  /** The group that may write to /shared. */
  sharedGroup: number;
  agent: (id: number) => number;
  /** False when hived is not root: then nothing changes owner. */
  separate: boolean;
}

export function planUsers(privileged: boolean, base: number): Users {
  const own = process.getuid?.() ?? 0;
  const ownGroup = process.getgid?.() ?? 0;
  if (!privileged)
    return { gateway: own, dashboard: own, forge: own, sharedGroup: ownGroup, agent: () => own, separate: false };
  return {
    gateway: base + 1,
    dashboard: base + 2,
    forge: base + 3,
    sharedGroup: base + 10,
    agent: (id) => base + 1_000 + id,
    separate: true,
  };
}

interface Owner {
  mode: number;
  uid?: number;
  gid?: number;
}

/**
 * Makes a directory or sets an existing one right. Only for directories whose parent nobody but
 * hived can write, so that no link can stand in its place.
 */
async function ensureDirectory(path: string, users: Users, owner: Owner): Promise<void> {
  await mkdir(path, { recursive: true });
  if (users.separate) await chown(path, owner.uid ?? 0, owner.gid ?? 0);
  await chmod(path, owner.mode);
}

/** The hive's own directories. Idempotent. */
export async function prepareHive(places: Places, users: Users): Promise<void> {
  const ensure = (path: string, owner: Owner) => ensureDirectory(path, users, owner);
  await ensure(places.root, { mode: 0o711 });
  await ensure(places.secrets, { mode: 0o700 });
  await ensure(places.backups, { mode: 0o700 });
  await ensure(places.logs, { mode: 0o700 });
  await ensure(places.trash, { mode: 0o700 });
  await ensure(places.agents, { mode: 0o711 });
  // Sticky: nobody but its maker takes away or replaces what lies at the top, e.g. a file that was announced.
  await ensure(places.shared, { mode: 0o3770, gid: users.sharedGroup });
  await ensure(places.forge, { mode: 0o700, uid: users.forge, gid: users.forge });
  await ensure(places.run, { mode: 0o711 });
  await ensure(places.agentSockets, { mode: 0o711 });
  await ensure(join(places.run, 'forge'), { mode: 0o2750, uid: users.forge, gid: users.dashboard });
}

/** The file that a service listens at, in its directory of an agent's sockets. */
const SOCKET = 'agent.sock';

/** Where an agent's things lie on the host. */
export function agentPlaces(places: Pick<Places, 'agents' | 'agentSockets'>, name: AgentName) {
  const files = join(places.agents, name);
  const sockets = join(places.agentSockets, name);
  return {
    files,
    state: join(files, 'state'),
    harness: join(files, 'harness'),
    account: join(files, 'account'),
    sockets,
    hivedDir: join(sockets, 'hived'),
    forgeDir: join(sockets, 'forge'),
    gatewayDir: join(sockets, 'gateway'),
    hivedSocket: join(sockets, 'hived', SOCKET),
    forgeSocket: join(sockets, 'forge', SOCKET),
    gatewaySocket: join(sockets, 'gateway', SOCKET),
  };
}

/** An agent's directories: its files, and one directory of sockets for each who listens there. */
export async function prepareAgent(
  places: Places,
  users: Users,
  agent: { name: AgentName; id: number; pids: number },
): Promise<void> {
  const own = agentPlaces(places, agent.name);
  const uid = users.agent(agent.id);
  const ensure = (path: string, owner: Owner) => ensureDirectory(path, users, owner);
  // Closed to everybody else, whatever the agent does to the modes of its files; the archiver runs with its group.
  await ensure(own.files, { mode: 0o750, gid: uid });
  for (const dir of [own.state, own.harness])
    if (!(await exists(dir))) await ensure(dir, { mode: 0o750, uid, gid: uid });
  await ensure(own.account, { mode: 0o755 });
  await writeAccountFiles(own.account, {
    name: agent.name,
    uid,
    gid: users.separate ? uid : users.sharedGroup,
    sharedGroup: users.sharedGroup,
    // Counted by user: as an ordinary user all boxes are hived's own.
    commandPids: users.separate ? agent.pids - RESERVED_PIDS : null,
  });
  await ensure(own.sockets, { mode: 0o711 });
  await ensure(own.hivedDir, { mode: 0o750, gid: uid });
  await ensure(own.forgeDir, { mode: 0o2750, uid: users.forge, gid: uid });
  await ensure(own.gatewayDir, { mode: 0o2750, uid: users.gateway, gid: uid });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
