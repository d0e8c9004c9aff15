import { runLatest } from '../../system/run-latest.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { renewAllLeases } from '../store/check-runs.ts';
import { allRepositories } from '../store/repositories.ts';
import { dropUnstoredCaches, forgetOldCaches, letMergedCachesCount } from './caches/keep-caches.ts';
import { checkPulls } from './check-pulls.ts';
import { dropUnstored, forgetOldArtifacts } from './keep-artifacts.ts';
import { dropUnneededCommits } from './drop-commits.ts';
import { planSuites } from './plan-suite.ts';
import { forgetOldStatuses } from '../statuses/tidy-statuses.ts';
import { forgetOldChecks, loseExpired } from './settle-checks.ts';

/** What a process could not do, or another one wrote down, is found again after this. */
const ROUND_MS = 5_000;
const FORGET_MS = 60_000;

/**
 * Plans suites, ends runs that nobody holds any more and deletes what is too old, until `end`. What a killed forge left
 * undone is done first.
 */
export function keepChecksGoing(core: ForgeCore): { end(): Promise<void> } {
  dropUnstored(core);
  dropUnstoredCaches(core);
  renewAllLeases(core.db, core.clock() + core.limits.checkLeaseMs);
  const plans = runLatest(async () => {
    await checkPulls(core);
    await planSuites(core);
  });
  const plan = () =>
    core.inBackground(async () => {
      await plans.run(undefined);
    });
  core.checks.onWanted(plan);
  core.outbox.onAnnounced(countSoon(core));
  const inRound = (work: () => void) => () => core.inBackground(async () => work());
  const rounds = [
    setInterval(plan, ROUND_MS),
    setInterval(
      inRound(() => {
        loseExpired(core);
        letMergedCachesCount(core);
      }),
      ROUND_MS,
    ),
    setInterval(
      inRound(() => {
        forgetOldChecks(core);
        forgetOldStatuses(core);
      }),
      FORGET_MS,
    ),
    setInterval(() => core.inBackground(() => forgetOldFiles(core)), FORGET_MS),
  ];
  core.inBackground(() => dropAllUnneeded(core));
  core.inBackground(() => forgetOldFiles(core));
  plan();
  return {
    async end() {
      for (const round of rounds) clearInterval(round);
      await plans.end();
    },
  };
}

async function forgetOldFiles(core: ForgeCore): Promise<void> {
  await forgetOldArtifacts(core);
  await forgetOldCaches(core);
}

/** Looks after each announcement, once for those that come together: something may have been merged. */
function countSoon(core: ForgeCore): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      if (!core.stopping.aborted) core.inBackground(async () => letMergedCachesCount(core));
    });
  };
}

/** After a start: a kill may have come between a suite's end and the end of its ref. */
async function dropAllUnneeded(core: ForgeCore): Promise<void> {
  for (const repository of allRepositories(core.db)) {
    if (core.stopping.aborted) return;
    await dropUnneededCommits(core, repository);
  }
}
