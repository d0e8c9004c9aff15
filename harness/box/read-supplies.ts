import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The kernel's counters of the box's memory, processes, open files and /tmp. Null where they cannot be read from
 * inside.
 */
export interface Supplies {
  /** Processes killed for lack of memory since the box started. */
  readonly oomKills: number | null;
  readonly memoryBytes: number | null;
  /** How often a process or thread was refused since the box started. */
  readonly refusedPids: number | null;
  readonly maxPids: number | null;
  /** Maximum open files, each for the harness and the CLI. */
  readonly maxFiles: number | null;
  readonly tmp: { readonly totalBytes: number; readonly freeBytes: number; readonly freeFiles: number } | null;
}

/** Paths of a box's cgroups and /tmp. */
export interface SupplyPlaces {
  readonly cgroup: string;
  readonly tmp: string;
  /** The limits of a process, in the kernel's format. */
  readonly limits: string;
}

export const SUPPLY_PLACES: SupplyPlaces = { cgroup: '/sys/fs/cgroup', tmp: '/tmp', limits: '/proc/self/limits' };

/**
 * Reads the box's own counters: cgroup v1 (a directory per controller) or v2 (a single one). Starts no process, never
 * throws.
 */
export async function readSupplies({ cgroup, tmp, limits }: SupplyPlaces = SUPPLY_PLACES): Promise<Supplies> {
  const read = (path: string) => readFile(join(cgroup, path), 'utf8').catch(() => '');
  const [oomV1, oomV2, memoryV1, memoryV2, refusedV1, refusedV2, pidsV1, pidsV2] = await Promise.all([
    read('memory/memory.oom_control'),
    read('memory.events'),
    read('memory/memory.limit_in_bytes'),
    read('memory.max'),
    read('pids/pids.events'),
    read('pids.events'),
    read('pids/pids.max'),
    read('pids.max'),
  ]);
  const limitLines = await readFile(limits, 'utf8').catch(() => '');
  return {
    oomKills: fieldOf(oomV1, 'oom_kill') ?? fieldOf(oomV2, 'oom_kill'),
    memoryBytes: numberOf(memoryV1) ?? numberOf(memoryV2),
    refusedPids: fieldOf(refusedV1, 'max') ?? fieldOf(refusedV2, 'max'),
    maxPids: numberOf(pidsV1) ?? numberOf(pidsV2),
    maxFiles: numberOf(/^Max open files +(\d+)/m.exec(limitLines)?.[1] ?? ''),
    tmp: await readTmp(tmp),
  };
}

async function readTmp(path: string): Promise<Supplies['tmp']> {
  const stat = await statfs(path).catch(() => null);
  if (stat === null) return null;
  // A file system that counts no files (files is 0) has no limit of them.
  const freeFiles = stat.files === 0 ? Number.MAX_SAFE_INTEGER : stat.ffree;
  return { totalBytes: stat.blocks * stat.bsize, freeBytes: stat.bavail * stat.bsize, freeFiles };
}

/** The number after a name in lines of "name number". */
function fieldOf(text: string, name: string): number | null {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? null : numberOf(line.slice(name.length));
}

/** Null for "max", for a missing value, and for the number that v1 reports for no limit. */
function numberOf(text: string): number | null {
  const trimmed = text.trim();
  if (!/^\d+$/.test(trimmed)) return null;
  const value = Number(trimmed);
  return Number.isSafeInteger(value) ? value : null;
}
