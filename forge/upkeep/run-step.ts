import type { UpkeepStep } from '../../protocol/schemas/upkeep.ts';
import { measureObjects } from '../git/look.ts';
import {
  dropCommitGraph,
  dropPackIndex,
  graphArgv,
  keepOnly,
  packArgv,
  pruneAfterGraceArgv,
  pruneLooseArgv,
  refreshTimes,
} from '../git/upkeep.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { maintainObjects, waitForAllPushes } from '../repositories/hold-repository.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import { commitsOfPulls, storeObjects } from '../store/upkeep.ts';
import { chooseYieldMs } from './policy/decide-upkeep.ts';

/** One run of git, while no push is served; what comes before it in the same time. */
interface Act {
  readonly argv: readonly string[];
  readonly prepare?: () => Promise<void>;
}

export interface StepWork {
  readonly repository: Repository;
  readonly step: UpkeepStep;
  /** Whether commits that no ref leads to are left out of the commit-graph. */
  readonly renewsGraph: boolean;
  readonly objects: number;
  /** How often this repository's maintenance was interrupted before. */
  readonly interrupted: number;
  readonly signal: AbortSignal;
}

/**
 * Carries out one step. Between two runs of git pushes go on; a push that comes meanwhile waits shortly, then git is
 * ended. Resolves with whether the step is done. Throws `internal` when git finds the repository broken.
 */
export async function runStep(core: ForgeCore, work: StepWork): Promise<boolean> {
  for (const act of actsOf(core, work)) if (!(await runAct(core, work, act))) return false;
  return true;
}

function actsOf(core: ForgeCore, { repository, step, renewsGraph, objects }: StepWork): Act[] {
  const path = core.places.repositoryDir(repository);
  const { pruneGraceMs: graceMs } = core.limits;
  if (step === 'pack') return [{ argv: packArgv(path, objects) }];
  if (step === 'graph' && renewsGraph)
    return [{ argv: graphArgv(path, { isNew: true }), prepare: () => dropCommitGraph(path) }];
  if (step === 'graph') return [{ argv: graphArgv(path, { isNew: false }) }];
  const prepare = async () => {
    await keepOnly(core.git, path, commitsOfPulls(core.db, repository.id));
    await refreshTimes(path);
    await dropPackIndex(path);
  };
  return [{ argv: pruneAfterGraceArgv(path, { objects, graceMs }), prepare }, { argv: pruneLooseArgv(path, graceMs) }];
}

async function runAct(core: ForgeCore, work: StepWork, { argv, prepare }: Act): Promise<boolean> {
  const { repository, interrupted, signal } = work;
  const lent = await lendInTime(core, repository, signal);
  if (lent === null) return false;
  const { release, wanted } = lent;
  const ends = new AbortController();
  const stop = () => ends.abort();
  let timer: NodeJS.Timeout | undefined;
  const yieldSoon = () => {
    timer ??= setTimeout(stop, chooseYieldMs(core.limits.upkeepYieldMs, interrupted));
  };
  signal.addEventListener('abort', stop, { once: true });
  wanted.addEventListener('abort', yieldSoon, { once: true });
  if (wanted.aborted) yieldSoon();
  try {
    await waitForAllPushes(core, repository.id, signal);
    const path = core.places.repositoryDir(repository);
    const finish = async () => {
      if (getRepository(core.db, repository.id) === null) return;
      storeObjects(core.db, repository.id, await measureObjects(core.git, path));
    };
    const held = { repository, argv, signal, finish, ends: ends.signal, isModest: true };
    return await maintainObjects(core, prepare === undefined ? held : { ...held, prepare });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    release();
  }
}

/** Null: pushes receive objects all the time, and other repositories wait for maintenance, too. */
async function lendInTime(core: ForgeCore, repository: Repository, signal: AbortSignal) {
  const tooLong = AbortSignal.timeout(core.limits.upkeepWaitMs);
  try {
    return await core.pushLocks.lend(String(repository.id), AbortSignal.any([signal, tooLong]));
  } catch (error) {
    if (tooLong.aborted && !signal.aborted) return null;
    throw error;
  }
}
