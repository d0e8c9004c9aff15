import { HiveError } from '../../protocol/errors.ts';
import { pause } from '../../system/pause.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { nextDueUpkeep } from '../store/upkeep.ts';
import { maintainRepository } from './maintain-repository.ts';
import { chooseRestMs } from './policy/decide-upkeep.ts';

/**
 * Looks at each repository when its look is due, one after the other, until the forge stops. The first look comes some
 * minutes after the start: an older forge that still serves has ended by then.
 */
export async function keepMaintained(core: ForgeCore): Promise<void> {
  const { limits, stopping } = core;
  await pause(limits.upkeepFirstMs, stopping);
  while (!stopping.aborted) {
    const began = core.steady();
    const id = findDue(core);
    if (id === null) await pause(limits.upkeepTickMs, stopping);
    else {
      await maintain(core, id);
      await pause(chooseRestMs(core.steady() - began), stopping);
    }
  }
}

function findDue({ db, clock, limits }: ForgeCore): number | null {
  const now = clock();
  return nextDueUpkeep(db, { now, latest: now + 2 * limits.upkeepEveryMs });
}

async function maintain(core: ForgeCore, id: number): Promise<void> {
  try {
    await maintainRepository(core, id, { asked: false, signal: core.stopping });
  } catch (error) {
    if (core.stopping.aborted) return;
    // A repository that is removed at this moment has no row any more at the next look.
    if (!(error instanceof HiveError && error.code === 'unknown_repo'))
      core.log.error({ err: error }, 'maintenance could not go on');
    await pause(core.limits.upkeepTickMs, core.stopping);
  }
}
