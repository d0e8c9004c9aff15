import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HiveError } from '../../../protocol/errors.ts';
import { findLockHolder } from '../../../store/lock-holder.ts';
import type { Settings } from '../config.ts';
import type { HiveStatus } from './hived-process.ts';

type Where = Pick<Settings, 'root' | 'run' | 'logFile'>;

/**
 * Before any set-up: refuses when a hive holds this root and does not answer here (its sockets are elsewhere, or it is
 * still starting), or when a hive of another root answers here, since nothing else would work then. `answering` is the
 * hive that answers on our socket. Throws `hive_running`, which says what to do.
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
 * Whether a hive has this root. It reports its root itself, because a lock's holder cannot be determined on every file
 * system. Of a hive that does not report it, only a root held by another process is known not to be its own.
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

/** The directory of that hive's sockets, when we may read its environment. */
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
