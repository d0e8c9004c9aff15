import { HiveError } from '../../protocol/errors.ts';
import { pause } from '../../system/pause.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { nextDueFsck } from '../store/fscks.ts';
import { nextDueUpkeep } from '../store/upkeep.ts';
import { fsckRepository } from './fsck/fsck-repository.ts';
import { maintainRepository } from './maintain-repository.ts';
import { chooseRestMs } from './policy/decide-upkeep.ts';

/**
 * Maintains and checks each repository when that is due, one after the other, until the forge stops. The first look
 * comes some minutes after the start: an older forge that still serves has ended by then.
 */
export async function keepMaintained(core: ForgeCore): Promise<void> {
  const { limits, stopping } = core;
  await pause(limits.upkeepFirstMs, stopping);
  while (!stopping.aborted) {
    const began = core.steady();
    const didMaintain = await tryDue(core, findDueUpkeep(core), (id) =>
      maintainRepository(core, id, { asked: false, signal: stopping }),
    );
    const didCheck = await tryDue(core, findDueFsck(core), async (id) => {
      await fsckRepository(core, id, { tells: true, signal: stopping });
    });
    const restMs = chooseRestMs(core.steady() - began);
    await pause(didMaintain || didCheck ? restMs : limits.upkeepTickMs, stopping);
  }
}

function findDueUpkeep({ db, clock, limits }: ForgeCore): number | null {
  const now = clock();
  return nextDueUpkeep(db, { now, latest: now + 2 * limits.upkeepEveryMs });
}

function findDueFsck({ db, clock, limits }: ForgeCore): number | null {
  const now = clock();
  return nextDueFsck(db, { now, latest: now + 2 * limits.fsckEveryMs, firstMs: limits.fsckEveryMs });
}

/** Whether something was due. */
async function tryDue(core: ForgeCore, id: number | null, work: (id: number) => Promise<void>): Promise<boolean> {
  if (id === null || core.stopping.aborted) return false;
  try {
    await work(id);
  } catch (error) {
    if (core.stopping.aborted) return true;
    // A repository that is removed at this moment has no row any more at the next look.
    if (!(error instanceof HiveError && error.code === 'unknown_repo'))
      core.log.error({ err: error }, 'the upkeep of a repository could not go on');
    await pause(core.limits.upkeepTickMs, core.stopping);
  }
  return true;
}
