import type { Delivered } from '../../protocol/schemas/message.ts';
import { sessionId as validSessionId } from '../../protocol/schemas/session.ts';
import type { Driver, TurnReport, TurnRequest, Prompt } from '../driver/driver.ts';
import { mergeReports } from '../driver/merge-reports.ts';
import { composeMeanwhile } from './compose-prompt.ts';
import { type UrgentParts, fetchUnseen, pollUrgent } from './poll-urgent.ts';

/** Dependencies of driving a turn. */
export interface DriveParts extends UrgentParts {
  readonly driver: Driver;
  /** How long after a stop hived is still asked for the rest of the turn's mail, in ms. */
  readonly lastWordsMs: number;
}

/**
 * Runs the CLI for one turn. Mail that hived leases to the turn meanwhile is written to the model at once; mail that
 * comes too late for a run of the CLI gets another one, in the same session. The turn is over when the CLI is done
 * and hived has no more mail for it, or with the first verdict that is not "done".
 */
export async function driveTurn(parts: DriveParts, first: TurnRequest): Promise<TurnReport> {
  const { driver, mail, now } = parts;
  const deadline = now() + first.timeoutMs;
  let unsaid: Delivered[] = [];

  function sayOrKeep(messages: Delivered[]): void {
    if (!driver.say(wordsOf(messages))) unsaid.push(...messages);
  }

  async function run(request: TurnRequest): Promise<TurnReport> {
    const over = new AbortController();
    const hearing = pollUrgent(parts, { signal: over.signal, onMail: sayOrKeep });
    try {
      return withValidSession(await driver.runTurn(request));
    } finally {
      over.abort();
      await hearing;
    }
  }

  mail.onHandOver(sayOrKeep);
  try {
    return await runAll();
  } finally {
    mail.onHandOver(null);
  }

  async function runAll(): Promise<TurnReport> {
    let report = await run(first);
    while (report.verdict.kind === 'done') {
      const rest = await fetchUnseen(parts, fireAfter(first.signal, parts.lastWordsMs));
      if (rest === null || (first.signal.aborted && rest.length + unsaid.length > 0)) {
        mail.markUncertain();
        break;
      }
      const messages = [...unsaid, ...rest];
      if (messages.length === 0) break;
      unsaid = [];
      const timeoutMs = Math.max(1, deadline - now());
      const { sessionId } = report;
      // What was to be done with the session is done.
      const { sessionMark: _mark, compactFirst: _compact, copySession: _copy, ...again } = first;
      report = mergeReports(report, await run({ ...again, prompt: wordsOf(messages), sessionId, timeoutMs }));
    }
    return report;
  }
}

/** hived refuses the end of a turn with an invalid session ID: such a session counts as none. */
function withValidSession(report: TurnReport): TurnReport {
  return validSessionId.safeParse(report.sessionId).success ? report : { ...report, sessionId: null };
}

function wordsOf(messages: readonly Delivered[]): Prompt {
  return { text: composeMeanwhile(messages), messages };
}

/** A signal that aborts `ms` after another one did. */
function fireAfter(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController();
  const start = () => setTimeout(() => late.abort(), ms).unref();
  if (signal.aborted) start();
  else signal.addEventListener('abort', start, { once: true, signal: late.signal });
  return late.signal;
}
