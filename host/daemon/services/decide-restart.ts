import { errorRow } from '../../../protocol/errors.ts';
import { backoffMs } from '../../../system/backoff.ts';

/** The facts about a service that has ended. */
export interface RestartFacts {
  /** Whether hived requested the end. */
  readonly stopping: boolean;
  /** Its exit code; null when a signal ended it or it could not be started. */
  readonly exitCode: number | null;
  /** How long it had been ready, in milliseconds; null when it never was. */
  readonly healthyMs: number | null;
  /** Previous ends since it was last healthy. */
  readonly failures: number;
  /** Within [0, 1); shortens the delay. */
  readonly random: number;
}

/** The decision. `failures` is the count to store; `quiet`: the same end was reported a moment ago. */
export type RestartDecision =
  | { readonly do: 'stay_stopped' }
  | { readonly do: 'restart'; readonly inMs: number; readonly failures: number; readonly quiet: boolean };

/** A service that was ready for this long starts with a failure count of zero. */
const HEALTHY_MS = 60_000;
const DELAYS = { firstMs: 200, maxMs: 30_000 };
/** The exit code of a service whose port or socket is taken. */
const TAKEN_EXIT = errorRow('port_in_use').exit;
const TAKEN_DELAY_MS = 100;
const TAKEN_TRIES = 50;

/**
 * Whether and when a service that ended is restarted: after 200 ms, then twice as long each time, up to 30 s, shortened
 * by jitter (system/backoff.ts). A taken port is tried every 100 ms for the first 5 s: after a crash of hived the port
 * is still held, for a moment, by the instance that the previous hived had started.
 */
export function decideRestart(facts: RestartFacts): RestartDecision {
  if (facts.stopping) return { do: 'stay_stopped' };
  const before = facts.healthyMs !== null && facts.healthyMs >= HEALTHY_MS ? 0 : facts.failures;
  const failures = before + 1;
  const after = (times: number) => backoffMs(times + 1, DELAYS, facts.random);
  if (facts.exitCode !== TAKEN_EXIT) return { do: 'restart', inMs: after(before), failures, quiet: false };
  if (before >= TAKEN_TRIES) return { do: 'restart', inMs: after(before - TAKEN_TRIES), failures, quiet: false };
  return { do: 'restart', inMs: TAKEN_DELAY_MS, failures, quiet: before > 0 };
}
