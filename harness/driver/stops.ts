import type { StopReason, TurnReport, TurnRequest, Verdict } from './driver.ts';
import { NO_USAGE } from './usage.ts';

const STOPPED: Record<StopReason, string> = {
  operator: 'The operator interrupted it.',
  shutdown: 'The harness is shutting down.',
  turn_lost: 'The hive gave the turn up.',
  warned: 'The hive stopped it.',
};

/** A shutdown has little time. */
const SHUTDOWN_GRACE_MS = 1_500;
/** How long a program may take to end by itself after an interrupt, before it is killed. */
const GRACE_MS = 5_000;
/** How long a program may take to its first line: on a busy machine a good one takes more than one minute. */
export const FIRST_LINE_MS = 180_000;
/** A program that is silent for this long, with no tool running, is stopped, unless the hive is configured otherwise. */
export const SILENT_MS = 10 * 60_000;

/** The verdict of a turn that is stopped from outside, and how long (ms) its program has to end by itself. */
export function describeStop(reason: StopReason, graceMs = GRACE_MS): { verdict: Verdict; graceMs: number } {
  const verdict: Verdict = { kind: 'interrupted', reason: STOPPED[reason] };
  return { verdict, graceMs: reason === 'shutdown' ? Math.min(SHUTDOWN_GRACE_MS, graceMs) : graceMs };
}

export function timedOut(timeoutMs: number): Verdict {
  return { kind: 'timed_out', reason: `The turn took longer than ${timeoutMs} ms.` };
}

export function broken(reason: string): Verdict {
  return { kind: 'cli_broken', reason };
}

/** The report of a turn whose program could not be started. */
export function notStarted(reason: string, { sessionId }: Pick<TurnRequest, 'sessionId'>): TurnReport {
  return { verdict: broken(reason), text: '', sessionId, usage: NO_USAGE, toolCalls: 0, workCalls: 0, answered: false };
}
