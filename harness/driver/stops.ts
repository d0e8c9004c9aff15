import type { StopReason, Verdict } from './driver.ts';

const STOPPED: Record<StopReason, string> = {
  operator: 'The operator interrupted it.',
  shutdown: 'The harness is shutting down.',
  turn_lost: 'The hive gave the turn up.',
};

/** A shutdown has little time. */
const SHUTDOWN_GRACE_MS = 1_500;
/** After an interrupt a program has this long to end by itself; then it is killed. */
const GRACE_MS = 5_000;
/** A program that says nothing for this long, with no tool running, is stopped. */
export const SILENT_MS = 10 * 60_000;

/** What a turn counts as that is stopped from outside, and how long (ms) its program has to end by itself. */
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
