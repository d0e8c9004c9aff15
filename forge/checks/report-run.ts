import { HiveError } from '../../protocol/errors.ts';
import type { CheckEnd } from '../../protocol/schemas/check.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { addLog, addNotes } from '../store/check-logs.ts';
import { findRun, renewLease, type Run } from '../store/check-runs.ts';
import { endRun } from './end-run.ts';
import { readNotes } from './policy/read-notes.ts';

/** Notes of one run; the first ones count. */
export const MOST_NOTES = 100;

/**
 * A word of hived about a run that it has: more output, perhaps none. Renews its lease. Returns whether the run goes
 * on; if not, hived ends it and says no more about it. A late holder's word changes nothing.
 */
export function reportRun(
  { db, clock, limits }: ForgeCore,
  { run: id, holder, text }: { run: number; holder: string; text: string },
): boolean {
  const report = db.transaction(() => {
    const run = findRun(db, id);
    if (run === null || !isHeldBy(run, holder)) return false;
    const now = clock();
    // Half of it is left at least: most reports write nothing.
    if ((run.leaseUntil ?? 0) - now < limits.checkLeaseMs / 2) renewLease(db, id, now + limits.checkLeaseMs);
    if (text === '') return true;
    addLog(db, id, { text, head: limits.checkLogHead, most: limits.checkLogChars });
    addNotes(db, id, { notes: readNotes(text), most: MOST_NOTES });
    return true;
  });
  return report.immediate();
}

/** How hived saw a run end. Said again, it counts once. Throws `wrong_state` for a holder that has lost it. */
export function reportEnd(
  core: ForgeCore,
  { run: id, holder, end }: { run: number; holder: string; end: CheckEnd },
): void {
  const run = findRun(core.db, id);
  if (run === null || !isHeldBy(run, holder))
    throw new HiveError('wrong_state', 'That run has ended for the forge, or somebody else has it.');
  endRun(core, id, end);
}

function isHeldBy(run: Run, holder: string): boolean {
  return run.state === 'running' && run.holder === holder;
}
