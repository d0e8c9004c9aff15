import { backoffMs } from '../../../system/backoff.ts';

const RETRY = { firstMs: 30_000, maxMs: 6 * 3_600_000 };
/** The tries of one delivery: about a day and a half. */
const MOST_TRIES = 12;
const DAY_MS = 24 * 3_600_000;
/** A webhook of which every try failed for so long is disabled. */
const DISABLE_AFTER_MS = 7 * DAY_MS;

/** When a delivery that failed is tried again; null: it has failed for good. `attempts`: this one included. */
export function nextTry(attempts: number, now: number, random: number): number | null {
  return attempts >= MOST_TRIES ? null : now + backoffMs(attempts, RETRY, random);
}

/** Whether a webhook is disabled now. */
export function isHopeless(failingSince: number | null, now: number): boolean {
  return failingSince !== null && now - failingSince >= DISABLE_AFTER_MS;
}
