import type { Verdict } from '../driver.ts';
import type { CliExit } from '../process/cli-process.ts';
import { describeExit } from '../process/describe-exit.ts';
import { broken } from '../stops.ts';
import type { ScriptResult } from './parse-event.ts';

/** Exit codes that classify the end without a result (sysexits.h: EX_TEMPFAIL, EX_NOPERM). */
const EXIT_OUTAGE = 75;
const EXIT_NEEDS_LOGIN = 77;

/** Facts of a program's run after its end. */
export interface RunEnd {
  /** The first result that it wrote. */
  readonly result: ScriptResult | null;
  /** The verdict of a stop from outside, if there was one. */
  readonly stopped: Verdict | null;
  readonly exit: CliExit;
  /** Number of valid events. */
  readonly understood: number;
}

/**
 * Classifies the end of a run. A result decides, whatever the exit code is; a result other than "done" after a stop
 * is an effect of the stop. Without a result the turn is never done: a program that ended without output counts as
 * broken.
 */
export function judgeEnd({ result, stopped, exit, understood }: RunEnd): Verdict {
  if (result?.outcome === 'done') return { kind: 'done' };
  if (stopped !== null) return stopped;
  if (result !== null) return judgeResult(result);
  const reason = describeExit(exit, { program: 'The program' });
  if (exit.startError !== null) return broken(reason);
  if (exit.code === EXIT_OUTAGE) return { kind: 'outage', reason };
  if (exit.code === EXIT_NEEDS_LOGIN) return { kind: 'needs_login', reason };
  const why = exit.code === 0 ? `${reason} It gave no result.` : reason;
  return understood === 0 ? broken(why) : { kind: 'failed', reason: why, sessionSpent: false };
}

function judgeResult(result: ScriptResult): Verdict {
  const reason = result.reason ?? `The program ended the turn with "${result.outcome}".`;
  switch (result.outcome) {
    case 'done':
      return { kind: 'done' };
    case 'rate_limited':
      return { kind: 'rate_limited', reason, resetsAt: result.resets_at ?? null };
    case 'needs_login':
      return { kind: 'needs_login', reason };
    case 'outage':
      return { kind: 'outage', reason };
    case 'conversation_spent':
      return { kind: 'failed', reason, sessionSpent: true };
    case 'conversation_missing':
      return broken('The program cannot begin a conversation.');
    case 'failed':
      return { kind: 'failed', reason, sessionSpent: false };
  }
}
