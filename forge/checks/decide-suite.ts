import type { ForgeCore } from '../repositories/forge-core.ts';
import { newestRuns, runsOfSuite } from '../store/check-runs.ts';
import { setSuiteState, type Suite } from '../store/check-suites.ts';
import { toJudged } from './checks.ts';
import { noteSuiteEnded } from './note-suite-ended.ts';
import { judgeSuite } from './policy/judge-suite.ts';

/**
 * Writes down what the runs of a suite say, in the transaction that changed one of them. Returns whether it was decided
 * by that; then call `afterDecision` after the commit.
 */
export function decideSuite(core: Pick<ForgeCore, 'db' | 'clock' | 'outbox'>, suite: Suite): boolean {
  // A cancelled suite stays so whatever its last runs do.
  if (suite.state === 'cancelled' || suite.state === 'none') return false;
  const { state, failed } = judgeSuite(newestRuns(runsOfSuite(core.db, suite.id)).map(toJudged));
  if (state === suite.state) return false;
  setSuiteState(core.db, suite.id, { state, endedAt: state === 'running' ? null : core.clock() });
  if (state === 'running') return false;
  noteSuiteEnded(core, { ...suite, state }, failed);
  return true;
}

/** Tells those who wait for the suite. */
export function afterDecision(core: Pick<ForgeCore, 'checks' | 'outbox'>, suite: number): void {
  core.outbox.announce();
  core.checks.suiteEnded(suite);
}
