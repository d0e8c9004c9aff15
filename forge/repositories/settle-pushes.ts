import { readFile } from 'node:fs/promises';
import { type OpenPush, openPushes } from '../store/pushes.ts';
import { getRepository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { recordRefs } from './record-refs.ts';

/**
 * Ends a repository's pushes that were begun and never recorded (a crash, a full disk): their changes
 * are told under their pusher's name. A push whose git still runs (an older forge drains, or it
 * outlived a crash for a moment) is left open. Returns whether none is. Call it under the push lock.
 */
export async function settleRepository(core: ForgeCore, repositoryId: number): Promise<boolean> {
  for (const push of openPushes(core.db, repositoryId))
    // Whoever served it ended before its record, and so before its answer.
    if (!(await isStillRunning(core, push))) await recordRefs(core, repositoryId, { id: push.id, isLost: () => true });
  return openPushes(core.db, repositoryId).length === 0;
}

/** The same for every repository that no push of this forge has locked; that push records itself. */
export async function settlePushes(core: ForgeCore): Promise<void> {
  for (const repositoryId of new Set(openPushes(core.db).map((push) => push.repositoryId))) {
    const release = core.pushLocks.tryTake(String(repositoryId));
    if (release === null) continue;
    try {
      await settleRepository(core, repositoryId);
    } catch (error) {
      // One repository that cannot be read must not keep the others waiting.
      core.log.error({ repositoryId, err: error }, 'a push is not recorded yet');
    } finally {
      release();
    }
  }
}

/** Whether the push's git is there: its pid, with our repository in its command line (pids are used again). */
async function isStillRunning(core: ForgeCore, push: OpenPush): Promise<boolean> {
  const repository = getRepository(core.db, push.repositoryId);
  if (repository === null) return false;
  const argv = (await readFile(`/proc/${push.pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return HOLDING.some((name) => argv.includes(name)) && argv.includes(core.places.repositoryDir(repository));
}

/** What an open push's git may be: a push, or work on the objects between pushes. */
const HOLDING = ['receive-pack', 'gc', 'repack'];
