import { readFile } from 'node:fs/promises';
import { type OpenPush, openPushes } from '../store/pushes.ts';
import { getRepository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { endReceiving } from './end-receiving.ts';
import { recordRefs } from './record-refs.ts';

/**
 * Closes a repository's pushes that were begun and never recorded (after a crash or a full disk): their changes are
 * recorded under their pusher's name. A push whose git still runs (an older forge drains, or it outlived a crash for
 * a moment) stays open. Returns the rows that are still open: those that hold the repository, and those that receive.
 * Call it under the push lock.
 */
export async function settleRepository(core: ForgeCore, repositoryId: number): Promise<readonly OpenPush[]> {
  for (const push of openPushes(core.db, repositoryId)) {
    if (core.ownPushes.has(push.id) || (await isStillRunning(core, push))) continue;
    // The forge that served it ended before its record, and so before its answer.
    const ended = { id: push.id, isLost: () => true };
    await (push.isReceiving ? endReceiving(core, repositoryId, ended) : recordRefs(core, repositoryId, ended));
  }
  return openPushes(core.db, repositoryId);
}

/** The same for every repository without a push of this forge; such a push records itself. */
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

/** Whether the push's git still runs: its pid, with our repository in its command line (pids are reused). */
async function isStillRunning(core: ForgeCore, push: OpenPush): Promise<boolean> {
  const repository = getRepository(core.db, push.repositoryId);
  if (repository === null) return false;
  const argv = (await readFile(`/proc/${push.pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return HOLDING.some((name) => argv.includes(name)) && argv.includes(core.places.repositoryDir(repository));
}

/** Commands of an open row's git: a push, a merge, or maintenance of objects between pushes. */
const HOLDING = ['receive-pack', 'gc', 'repack', 'commit-graph', 'prune', 'update-ref'];
