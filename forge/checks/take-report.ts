import type { CheckCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { addNotes } from '../store/check-logs.ts';
import { addTests, countReport, findRun } from '../store/check-runs.ts';
import { MOST_NOTES } from './report-run.ts';
import { parseReport } from './reports/parse-report.ts';

/**
 * Reads a report of tests that the box of a running check hands over: what failed becomes annotations, what was counted
 * is shown. It decides nothing: the exit code of the box does. Throws `invalid_input` for one that cannot be read,
 * `forge_quota` for too many, `wrong_state` when the run is over.
 */
export function takeReport(core: ForgeCore, { run: id }: CheckCaller, bytes: Buffer): void {
  const { db, limits } = core;
  // Counted before it is read, so that a box cannot have the forge read for ever.
  const count = db.transaction(() => {
    const run = findRun(db, id);
    if (run?.state !== 'running') throw new HiveError('wrong_state', 'This run is over.');
    if (run.reportsTaken >= limits.maxReports)
      throw new HiveError('forge_quota', `A run may have ${limits.maxReports} reports.`);
    if (run.reportBytes + bytes.length > limits.maxRunReportBytes)
      throw new HiveError('payload_too_large', `The reports of a run have at most ${limits.maxRunReportBytes} bytes.`);
    countReport(db, id, bytes.length);
  });
  count.immediate();
  const report = parseReport(bytes.toString('utf8'));
  if ('trouble' in report) throw new HiveError('invalid_input', `This report cannot be read: ${report.trouble}.`);
  const write = db.transaction(() => {
    if (findRun(db, id)?.state !== 'running') return;
    addTests(db, id, report);
    addNotes(db, id, { notes: report.notes, most: MOST_NOTES });
  });
  write.immediate();
}
