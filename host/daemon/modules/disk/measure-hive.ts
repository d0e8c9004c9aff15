import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import type { DiskOwner } from '../../../../protocol/schemas/disk.ts';
import type { Places } from '../../config.ts';
import type { LocalNode } from '../../node/local-node.ts';
import { placeOf, sharedPlace } from '../../node/place.ts';
import type { Users } from '../../node/users.ts';
import type { AgentRow } from '../agents/queries.ts';
import type { Walkers } from './choose-walkers.ts';
import { measureTree, type TreeUse, type Use } from './measure-tree.ts';

/** The disk use of all owners. `shared` is the use of /shared by agent. */
export interface HiveUse {
  agents: DiskOwner[];
  others: DiskOwner[];
  /** Each agent's files in /shared; included in its own use too. */
  shared: Map<string, Use>;
}

export interface MeasureDeps {
  node: Pick<LocalNode, 'pathOf' | 'trash'>;
  users: Users;
  walkers: Walkers;
  agents: () => AgentRow[];
  shared: { limitBytes: number; limitFiles: number };
}

/** Deadlines of one walk. */
const AGENT_MS = 60_000;
const OTHERS_MS = 60_000;
/** Measures every agent's files and /shared. Sequentially, so that it uses one disk and part of one core. */
export async function measureAgents(
  deps: MeasureDeps,
): Promise<Pick<HiveUse, 'agents' | 'shared'> & { all: DiskOwner }> {
  const { users, node } = deps;
  const rows = deps.agents();
  const mostFor = (limitFiles: number) => (limitFiles === 0 ? 0 : limitFiles + 1);
  const found = await measureBy(deps.walkers, [node.pathOf(sharedPlace('shared'))], {
    ...(await deps.walkers.ofShared()),
    mostFiles: mostFor(deps.shared.limitFiles),
    forMs: AGENT_MS,
  });
  const agents: DiskOwner[] = [];
  const shared = new Map<string, Use>();
  for (const row of rows) {
    const { diskMb, diskFiles } = row.spec.limits;
    const use = await measureBy(
      deps.walkers,
      [node.pathOf(placeOf(row.name, 'state')), node.pathOf(placeOf(row.name, 'harness'))],
      {
        ...(await deps.walkers.ofAgent(row.id)),
        mostFiles: mostFor(diskFiles),
        forMs: AGENT_MS,
      },
    );
    const total = sum(use);
    // In an ordinary user's hive all agents have one uid: files in /shared cannot be attributed.
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

/** Measures everything that no agent owns, by purpose. */
export async function measureOthers(
  deps: Pick<MeasureDeps, 'node' | 'walkers'> & { places: Places },
): Promise<DiskOwner[]> {
  const { places, node, walkers } = deps;
  const toolchain = node.pathOf(sharedPlace('toolchain'));
  const how = { ...(await walkers.ofOthers()), mostFiles: 0, forMs: OTHERS_MS };
  const tree = async (owner: string, path: string) => describe(owner, await measureBy(walkers, [path], how));
  const inRoot = toolchain.startsWith(`${places.root}/`);
  return [
    await tree('forge', places.forge),
    await measureDatabase(places.database),
    await tree('attachments', places.blobs),
    await tree('backups', places.backups),
    await tree('trash', node.trash.dir),
    await tree('logs', places.logs),
    await tree('skills', node.pathOf(sharedPlace('skills'))),
    await tree('skills of shared/docs', node.pathOf(sharedPlace('docs-skills'))),
    await tree('builds', join(places.root, 'app')),
    ...(inRoot ? [await tree('toolchain', toolchain)] : []),
  ];
}

async function measureBy(
  walkers: Walkers,
  paths: readonly string[],
  how: Parameters<typeof measureTree>[1],
): Promise<TreeUse> {
  const use = await measureTree(paths, how);
  if (use.trouble !== null) walkers.sayTrouble(use.trouble);
  return use;
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

function sum(use: Pick<TreeUse, 'byUid'>): Use {
  let [bytes, files] = [0, 0];
  for (const one of use.byUid.values()) {
    bytes += one.bytes;
    files += one.files;
  }
  return { bytes, files };
}

function describe(owner: string, use: Pick<TreeUse, 'byUid' | 'whole'>): DiskOwner {
  const total = sum(use);
  return { owner, agent: null, ...total, limitBytes: 0, limitFiles: 0, whole: use.whole };
}
