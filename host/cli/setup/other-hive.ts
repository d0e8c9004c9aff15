import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HiveError } from '../../../protocol/errors.ts';
import { findLockHolder } from '../../../store/lock-holder.ts';
import type { Settings } from '../config.ts';
import type { HiveStatus } from './hived-process.ts';

type Where = Pick<Settings, 'root' | 'run' | 'logFile'>;

/**
 * Before anything is set up: a hive that holds this root and does not answer here (it has its sockets elsewhere, or is
 * still starting), or one of another root that answers here, is the reason why nothing else would work. `answering` is
 * the hive that answers on our socket. Throws `hive_running`, which says what to do.
 */
export function refuseSecondHive(settings: Where, answering: Pick<HiveStatus, 'pid' | 'root'> | null): void {
  const onRoot = findLockHolder(join(settings.root, 'hived.lock'));
  if (answering === null && onRoot !== null)
    throw new HiveError('hive_running', sayOtherHive({ ...settings, pid: onRoot, theirRun: runOf(onRoot) }));
  if (answering !== null && !isRootOf(answering, settings.root, onRoot))
    throw new HiveError(
      'hive_running',
      `Another hive (pid ${answering.pid}) has its sockets in ${settings.run}; this one's root is ${settings.root}. Set HIVE_RUN to a directory of this hive's own, or stop the other one: npx hivectl down`,
    );
}

/**
 * Whether a hive lies in this root. It says itself where it lies: who holds a lock cannot be seen on every file system.
 * Of one that does not say it, only a root that somebody else holds is known not to be its own.
 */
function isRootOf(hive: { pid: number; root?: string | undefined }, root: string, holder: number | null): boolean {
  if (hive.root === undefined) return holder === null || holder === hive.pid;
  if (hive.root === root) return true;
  const [theirs, ours] = [hive.root, root].map((path) => statSync(path, { throwIfNoEntry: false }));
  return theirs !== undefined && ours !== undefined && theirs.dev === ours.dev && theirs.ino === ours.ino;
}

function sayOtherHive(facts: Where & { pid: number; theirRun: string | null }): string {
  const { root, run, pid, theirRun } = facts;
  const runs = `A hive runs on ${root} already (pid ${pid})`;
  if (theirRun === null || theirRun === run)
    return `${runs}, and does not answer yet. Wait a moment, then: npx hivectl status. Its log: ${facts.logFile}`;
  const here = `HIVE_RUN=${theirRun} npx hivectl`;
  return `${runs}, with its sockets in ${theirRun}. Use it: ${here} status. Stop it: ${here} down`;
}

/** Where that hive has its sockets, when we may see its environment. */
function runOf(pid: number): string | null {
  try {
    const found = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .find((one) => one.startsWith('HIVE_RUN='));
    return found?.slice('HIVE_RUN='.length) ?? null;
  } catch {
    return null;
  }
}
