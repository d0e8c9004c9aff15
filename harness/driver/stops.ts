import type { StopReason, Verdict } from './driver.ts';

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
