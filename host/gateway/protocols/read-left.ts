import type { IncomingHttpHeaders } from 'node:http';
import type { Left } from './protocol.ts';

/** Counters of requests and tokens turn within a minute. */
const MINUTE_MS = 60_000;
/** Shares of a subscription's window of hours. */
const HOUR_MS = 3_600_000;

/** The counter that is nearest to its end; null when there is none. */
export function leastLeft(counters: readonly (Left | null)[]): Left | null {
  const known = counters.filter((counter) => counter !== null);
  return known.length === 0 ? null : known.reduce((least, one) => (one.share < least.share ? one : least));
}

/** A counter that names its limit and what remains of it, each in a header. */
export function readCounter(headers: IncomingHttpHeaders, names: { limit: string; remaining: string }): Left | null {
  const limit = readNumber(headers[names.limit]);
  const remaining = readNumber(headers[names.remaining]);
  if (limit === null || remaining === null || limit === 0) return null;
  return { share: Math.min(1, remaining / limit), forMs: MINUTE_MS };
}

/** A subscription's window, of which a header says the used share, where `whole` is all of it. */
export function readWindow(
  headers: IncomingHttpHeaders,
  { used, whole }: { used: string; whole: number },
): Left | null {
  const share = readNumber(headers[used]);
  return share === null ? null : { share: Math.max(0, 1 - share / whole), forMs: HOUR_MS };
}

function readNumber(value: string | string[] | undefined): number | null {
  if (typeof value !== 'string' || !/^\d{1,15}(?:\.\d{1,15})?$/.test(value)) return null;
  return Number(value);
}
