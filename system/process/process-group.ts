import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 10;

/** One step of ending a process group: a signal, and how long to wait for the group to be gone. */
export type EndStep = readonly [signal: NodeJS.Signals, graceMs: number];

/**
 * Signals every process of a group; `0` only tests. Returns whether the group has a process.
 *
 * A group's number is its leader's pid. It is reserved while the group has a member, and may be reused once it has
 * none: do not call this for a group that was seen empty.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    // Members that we have no permission to signal still exist.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Goes through the steps until the group is empty. Returns then, or at the latest after the last step's grace period.
 */
export async function endGroup(pid: number, steps: readonly EndStep[]): Promise<void> {
  for (const [signal, graceMs] of steps) {
    if (!signalGroup(pid, signal)) return;
    const deadline = performance.now() + graceMs;
    while (performance.now() < deadline) {
      await wait(POLL_MS);
      if (!signalGroup(pid, 0)) return;
    }
  }
}
