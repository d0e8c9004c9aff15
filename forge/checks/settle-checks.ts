import type { ForgeCore } from '../repositories/forge-core.ts';
import { countLogChars, deleteLog, oldestLogs } from '../store/check-logs.ts';
import { runningRuns } from '../store/check-runs.ts';
import { pruneSuites } from '../store/check-suites.ts';
import { endRun } from './end-run.ts';

const PAGE = 50;

/** Ends runs whose holder has said nothing for the time of their lease. */
export function loseExpired(core: ForgeCore): void {
  const now = core.clock();
  for (const { id, leaseUntil } of runningRuns(core.db))
    if (leaseUntil !== null && leaseUntil <= now)
      endRun(core, id, { kind: 'lost', reason: 'hived said nothing about it for too long' });
}

/** Deletes outputs and suites by age, and the oldest outputs when all together are too large. */
export function forgetOldChecks({ db, clock, limits }: Pick<ForgeCore, 'db' | 'clock' | 'limits'>): void {
  const now = clock();
  pruneSuites(db, now - limits.keepChecksMs);
  for (;;) {
    let over = countLogChars(db) - limits.allCheckLogChars;
    const page = oldestLogs(db, PAGE);
    let deleted = 0;
    for (const { id, endedAt, chars } of page) {
      if (over <= 0 && endedAt >= now - limits.keepCheckLogsMs) break;
      deleteLog(db, id, { keepsNotes: true });
      over -= chars;
      deleted += 1;
    }
    if (deleted < PAGE) return;
  }
}
