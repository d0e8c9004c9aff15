import { SYSTEM } from '../../protocol/names.ts';
import type { FactMail } from '../../protocol/schemas/forge-fact.ts';
import { nameOfPull, notify, quote } from '../pulls/notify.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { newestPieces, notesOf } from '../store/check-logs.ts';
import { newestRuns, type Run, runsOfSuite } from '../store/check-runs.ts';
import type { Suite } from '../store/check-suites.ts';
import { findPull } from '../store/pulls.ts';
import { shorten } from '../../system/text/cut-text.ts';
import { getRepository } from '../store/repositories.ts';
import { firstFailingLines } from './policy/first-failing-lines.ts';

/** Characters of a log that are looked through for the first failing lines. */
const MOST_READ_CHARS = 200_000;
const MOST_NAMED = 5;
const MOST_REASON_CHARS = 100;

/**
 * The fact that the checks of a pull request are decided, with mail to its author when they failed. In the transaction
 * that decides them. The merge queue tells about its own.
 */
export function noteSuiteEnded(
  { db, clock, outbox }: Pick<ForgeCore, 'db' | 'clock' | 'outbox'>,
  suite: Suite,
  failed: readonly string[],
): void {
  if (suite.purpose !== 'pull' || suite.pull === null) return;
  const repository = getRepository(db, suite.repositoryId);
  const pull = findPull(db, suite.repositoryId, suite.pull);
  if (repository === null || pull === null || pull.state !== 'open') return;
  const isGood = suite.state === 'passed';
  const words = [`The checks of ${nameOfPull(repository, pull)} (`, quote(pull.title), ') failed'];
  const mail = isGood
    ? []
    : notify([pull.author], SYSTEM, { notice: 'check_failed', body: [...words, ...sayFailures(db, suite, failed)] });
  outbox.add({
    at: clock(),
    kind: 'forge.checks_ended',
    by: SYSTEM,
    repo: `${repository.owner}/${repository.name}`,
    data: { number: pull.number, commit: pull.headOid, passed: isGood, failed: [...failed] },
    mail,
  });
}

/** Each failed check with its first failing lines, and what to do. */
function sayFailures(db: ForgeCore['db'], suite: Suite, failed: readonly string[]): FactMail['body'] {
  if (suite.trouble !== null) return [': ', quote(suite.trouble)];
  const runs = newestRuns(runsOfSuite(db, suite.id)).filter(({ name }) => failed.includes(name));
  // The body of a mail is limited.
  const [first] = runs;
  const rest = runs.slice(1, MOST_NAMED).map((run) => `${run.name} (run ${run.id}: ${sayState(run)})`);
  const others = rest.length === 0 ? '' : ` Also failed: ${rest.join(', ')}.`;
  if (first === undefined) return ['.'];
  return [
    `: ${first.name} (run ${first.id}: ${sayState(first)}). Its first failing lines: `,
    quote(failingLines(db, first.id).join('\n')),
    `.${others} The tool check_log shows the end of a run's output. Push to the branch to run them again.`,
  ];
}

function sayState({ state, reason }: Run): string {
  return shorten(reason === '' ? state.replace('_', ' ') : reason, MOST_REASON_CHARS);
}

/** The first lines of a run's output that say why it failed. */
export function failingLines(db: ForgeCore['db'], run: number): string[] {
  const pieces = [];
  let chars = 0;
  for (const { text } of newestPieces(db, run, null)) {
    pieces.unshift(text);
    if ((chars += text.length) > MOST_READ_CHARS) break;
  }
  const lines = firstFailingLines(pieces.join(''), notesOf(db, run));
  return lines.length === 0 ? ['(it printed nothing)'] : lines;
}
