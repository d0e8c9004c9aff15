import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import type { DiskOwner } from '../../../protocol/schemas/disk.ts';
import type { Places } from '../config.ts';
import { agentPlaces, type Users } from '../fleet/places.ts';
import type { AgentRow } from '../store/agents.ts';
import { measureTree, type TreeUse, type Use } from './measure-tree.ts';

/** What everybody's files take. `shared` says whose they are in /shared, by agent. */
export interface HiveUse {
  agents: DiskOwner[];
  others: DiskOwner[];
  /** What each agent owns in /shared; part of its own use too. */
  shared: Map<string, Use>;
}

export interface MeasureDeps {
  places: Places;
  users: Users;
  agents: () => AgentRow[];
  shared: { limitBytes: number; limitFiles: number };
}

/** Deadlines of one walk. */
const AGENT_MS = 60_000;
const OTHERS_MS = 60_000;
/** A user that owns nothing and that no process runs as: it walks /shared with the group that everything there is open to. */
const NOBODY = 1;

/**
 * Measures every agent's files and /shared. Trees that agents can change are walked as the agent, or as nobody; root
 * walks only what nobody else can write. One tree after the other: a measurement takes one disk and a part of one core.
 */
export async function measureAgents(
  deps: MeasureDeps,
): Promise<Pick<HiveUse, 'agents' | 'shared'> & { all: DiskOwner }> {
  const { users, places } = deps;
  const rows = deps.agents();
  const found = await measureShared(deps, rows);
  const agents: DiskOwner[] = [];
  const shared = new Map<string, Use>();
  for (const row of rows) {
    const uid = users.agent(row.id);
    const own = agentPlaces(places, row.name);
    const { diskMb, diskFiles } = row.spec.limits;
    const use = await measureTree([own.state, own.harness], {
      walker: users.separate ? { uid, gid: uid } : AS_HIVED,
      mostFiles: diskFiles === 0 ? 0 : diskFiles + 1,
      forMs: AGENT_MS,
      opens: true,
    });
    const total = sum(use);
    // Of an ordinary user's hive everybody has one uid: /shared is nobody's then.
    const there = users.separate ? (found.byUid.get(uid) ?? NOTHING) : NOTHING;
    shared.set(row.name, there);
    agents.push({
      owner: `agent ${row.name}`,
      agent: row.name,
      bytes: total.bytes + there.bytes,
      files: total.files + there.files,
      limitBytes: diskMb * MIB,
      limitFiles: diskFiles,
      whole: use.whole,
    });
  }
  const all = { ...describe('shared', found), ...deps.shared };
  return { agents, shared, all };
}

async function measureShared(deps: MeasureDeps, rows: readonly AgentRow[]): Promise<TreeUse> {
  const { users, places } = deps;
  const walk = (uid: number, opens: boolean) =>
    measureTree([places.shared], {
      walker: users.separate ? { uid, gid: users.sharedGroup } : AS_HIVED,
      mostFiles: deps.shared.limitFiles === 0 ? 0 : deps.shared.limitFiles + 1,
      forMs: AGENT_MS,
      opens,
    });
  const found = await walk(users.sharedGroup + NOBODY, !users.separate);
  if (!found.denied || !users.separate) return found;
  // Somebody closed a directory there: its owner alone sees what lies in it.
  for (const row of rows) {
    const uid = users.agent(row.id);
    const own = (await walk(uid, true)).byUid.get(uid);
    if (own !== undefined && own.bytes > (found.byUid.get(uid)?.bytes ?? 0)) found.byUid.set(uid, own);
  }
  return found;
}

/** What is not an agent's, by what it is for. The forge's is walked as the forge. */
export async function measureOthers(deps: Pick<MeasureDeps, 'places' | 'users'>): Promise<DiskOwner[]> {
  const { places, users } = deps;
  const tree = async (owner: string, path: string, walker = AS_HIVED) =>
    describe(owner, await measureTree([path], { walker, mostFiles: 0, forMs: OTHERS_MS, opens: false }));
  const inRoot = places.toolchain.startsWith(`${places.root}/`);
  return [
    await tree('forge', places.forge, users.separate ? { uid: users.forge, gid: users.forge } : AS_HIVED),
    await measureDatabase(places.database),
    await tree('attachments', places.blobs),
    await tree('backups', places.backups),
    await tree('trash', places.trash),
    await tree('logs', places.logs),
    await tree('builds', join(places.root, 'app')),
    ...(inRoot ? [await tree('toolchain', places.toolchain)] : []),
  ];
}

async function measureDatabase(path: string): Promise<DiskOwner> {
  let bytes = 0;
  let files = 0;
  for (const end of ['', '-wal', '-shm']) {
    const found = await stat(`${path}${end}`).catch(() => null);
    if (found === null) continue;
    bytes += found.blocks * 512;
    files += 1;
  }
  return { ...describe('messages and events', { byUid: new Map(), whole: true }), bytes, files };
}

const MIB = 1024 * 1024;
const AS_HIVED: { uid: number | null; gid: number | null } = { uid: null, gid: null };
const NOTHING: Use = { bytes: 0, files: 0 };

function sum(use: TreeUse): Use {
  let [bytes, files] = [0, 0];
  for (const one of use.byUid.values()) {
    bytes += one.bytes;
    files += one.files;
  }
  return { bytes, files };
}

function describe(owner: string, use: Pick<TreeUse, 'byUid' | 'whole'>): DiskOwner {
  const total = sum({ ...use, denied: false });
  return { owner, agent: null, ...total, limitBytes: 0, limitFiles: 0, whole: use.whole };
}
