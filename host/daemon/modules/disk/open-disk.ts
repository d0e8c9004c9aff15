import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Places } from '../../config.ts';
import type { Config } from '../../config/schema.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { LocalNode } from '../../node/local-node.ts';
import type { Users } from '../../node/users.ts';
import type { AgentRow } from '../agents/queries.ts';
import { chooseWalkers } from './choose-walkers.ts';
import { measureAgents, measureOthers } from './measure-hive.ts';
import { openReserve } from './reserve.ts';
import { type DiskWatch, watchDisk } from './watch-disk.ts';

const MIB = 1024 * 1024;

/** Opens the watch over the file system of <root>, with its reserve in `<root>/reserve`. */
export function openDisk(deps: {
  config: Config;
  places: Places;
  node: LocalNode;
  users: Users;
  memory: AgentMemory;
  clock: () => number;
  agents: () => AgentRow[];
  onError: (error: unknown) => void;
}): Promise<DiskWatch> {
  const { places, node, users, config } = deps;
  const walkers = chooseWalkers(users, { onTrouble: deps.onError });
  const shared = { limitBytes: config.disk.shared_mb * MIB, limitFiles: config.disk.shared_files };
  return watchDisk({
    memory: deps.memory,
    filesOf: node.filesOf,
    async statfs() {
      const { bavail, bsize, blocks, ffree, files } = await statfs(places.root);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeFiles: ffree, files };
    },
    reserve: (bytes) => openReserve(join(places.root, 'reserve'), bytes),
    measureAgents: () => measureAgents({ node, users, walkers, agents: deps.agents, shared }),
    measureOthers: () => measureOthers({ places, node, walkers }),
    marks: {
      lowMb: config.disk.low_mb,
      pauseMb: config.disk.pause_mb,
      stopMb: config.disk.stop_mb,
      reserveMb: config.disk.reserve_mb,
    },
    graceMs: config.disk.grace_ms,
    measureEveryMs: config.disk.measure_every_ms,
    clock: deps.clock,
    steady: () => performance.now(),
    onError: deps.onError,
  });
}
