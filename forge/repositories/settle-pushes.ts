import { readFile } from 'node:fs/promises';
import { type OpenPush, openPushes } from '../store/pushes.ts';
import { getRepository } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';
import { recordRefs } from './record-refs.ts';

/**
 * Ends the pushes that were begun and never recorded (a crash, a full disk): what they changed is
 * told under their pusher's name. One whose git still runs (an older forge drains, or it outlived a
 * crash for a moment) is left open. Returns how many were left.
 */
export async function settlePushes(core: ForgeCore, repositoryId: number | null): Promise<number> {
  let left = 0;
  for (const push of openPushes(core.db)) {
    if (repositoryId !== null && push.repositoryId !== repositoryId) continue;
    if (await isStillRunning(core, push)) left += 1;
    else await recordRefs(core, push.repositoryId, { by: push.by, pushId: push.id });
  }
  return left;
}

/** Whether the push's git is there: its pid, with our repository in its command line (pids are used again). */
async function isStillRunning(core: ForgeCore, push: OpenPush): Promise<boolean> {
  const repository = getRepository(core.db, push.repositoryId);
  if (repository === null) return false;
  const line = await readFile(`/proc/${push.pid}/cmdline`, 'utf8').catch(() => '');
  return line.split('\0').includes(core.places.repositoryDir(repository));
}
