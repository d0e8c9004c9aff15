import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Processes that fork while they are being ended need another pass; after this many passes the rest is left. */
const MOST_LOOKS = 20;
const BETWEEN_LOOKS_MS = 50;

/** Deletes everything in /tmp that can be deleted. Symlinks are removed, not followed. */
export async function clearTmp(tmp = '/tmp'): Promise<void> {
  const names = await readdir(tmp).catch(() => []);
  for (const name of names) await rm(join(tmp, name), { recursive: true, force: true }).catch(() => undefined);
}

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/**
 * Ends processes that the agent's commands left running. Process 1, the harness and its ancestors, and programs
 * started in the box from outside (`docker exec`) are spared: the latter do not descend from process 1.
 */
export async function endLeftovers(): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const leftovers = chooseLeftovers(await listProcesses(), process.pid);
    if (leftovers.length === 0) return;
    for (const pid of leftovers) endOne(pid);
    await wait(BETWEEN_LOOKS_MS);
  }
}

/** The processes to end: descendants of process 1 that are neither `self` nor above it. */
export function chooseLeftovers(processes: readonly Process[], self: number): number[] {
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
  const pathOf = (pid: number): number[] => {
    const path: number[] = [];
    for (let at: number | undefined = pid; at !== undefined && !path.includes(at); at = parents.get(at)) path.push(at);
    return path;
  };
  const spared = new Set([1, ...pathOf(self)]);
  return processes.map(({ pid }) => pid).filter((pid) => !spared.has(pid) && pathOf(pid).includes(1));
}

async function listProcesses(): Promise<Process[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // The program's name is in parentheses and may contain any character: parse after the last one.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === undefined || state === 'Z' || parent === undefined
        ? []
        : [{ pid: Number(pid), parent: Number(parent) }];
    }),
  );
  return found.flat();
}

function endOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It exited by itself, or belongs to another user.
  }
}
