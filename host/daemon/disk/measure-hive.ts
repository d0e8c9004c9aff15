import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import type { DiskOwner } from '../../../protocol/schemas/disk.ts';
import type { Places } from '../config.ts';
import { agentPlaces, type Users } from '../fleet/places.ts';
import type { AgentRow } from '../store/agents.ts';
import { measureTree, type TreeUse, type Use, type Walker } from './measure-tree.ts';

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
/** A user that owns nothing and that no other process runs as. */
const READER = 1;

/** Who walks everything in a hive of several users; without root there is but one. */
function readerOf(users: Users): Walker {
  const id = users.sharedGroup + READER;
  return users.separate ? { uid: id, gid: id } : null;
}

/** Measures every agent's files and /shared. One tree after the other: it takes one disk and a part of one core. */
export async function measureAgents(
  deps: MeasureDeps,
): Promise<Pick<HiveUse, 'agents' | 'shared'> & { all: DiskOwner }> {
  const { users, places } = deps;
  const rows = deps.agents();
  const measure = (paths: string[], limitFiles: number) =>
    measureTree(paths, {
      walker: readerOf(users),
      mostFiles: limitFiles === 0 ? 0 : limitFiles + 1,
      forMs: AGENT_MS,
      opens: !users.separate,
    });
  const found = await measure([places.shared], deps.shared.limitFiles);
  const agents: DiskOwner[] = [];
  const shared = new Map<string, Use>();
  for (const row of rows) {
    const own = agentPlaces(places, row.name);
    const { diskMb, diskFiles } = row.spec.limits;
    const use = await measure([own.state, own.harness], diskFiles);
    const total = sum(use);
    // Of an ordinary user's hive everybody has one uid: /shared is nobody's then.
    const there = users.separate ? (found.byUid.get(users.agent(row.id)) ?? NOTHING) : NOTHING;
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

/** What is not an agent's, by what it is for. */
export async function measureOthers(deps: Pick<MeasureDeps, 'places' | 'users'>): Promise<DiskOwner[]> {
  const { places, users } = deps;
  const walker = readerOf(users);
  const tree = async (owner: string, path: string) =>
    describe(owner, await measureTree([path], { walker, mostFiles: 0, forMs: OTHERS_MS, opens: false }));
  const inRoot = places.toolchain.startsWith(`${places.root}/`);
  return [
    await tree('forge', places.forge),
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
