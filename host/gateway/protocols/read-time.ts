import type { IncomingHttpHeaders } from 'node:http';

/**
 * A time in the formats of providers and proxies: epoch seconds or milliseconds, a date, or a number of seconds from
 * `now`. Returns epoch milliseconds; null when it cannot be parsed, or is a duration and `now` is null.
 */
export function readTime(text: string, now: number | null): number | null {
  const trimmed = text.trim();
  if (!/^\d+(?:\.\d+)?$/.test(trimmed)) {
    // Only strings in a date format: Date.parse accepts nearly everything with a digit.
    const time = /^(?:[A-Z][a-z]{2,8}, |\d{4}-\d{2}-\d{2}T)/.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
    return Number.isNaN(time) ? null : time;
  }
  const digits = trimmed.split('.', 1)[0]?.length ?? 0;
  if (digits >= 12) return digits <= 14 ? Math.round(Number(trimmed)) : null;
  if (digits >= 9) return Math.round(Number(trimmed) * 1_000);
  return now === null ? null : now + Math.round(Number(trimmed) * 1_000);
}

/** The time that a `retry-after` header gives, in epoch milliseconds; null when there is none that can be parsed. */
export function readRetryAfter(headers: IncomingHttpHeaders, now: number): number | null {
  const after = headers['retry-after'];
  return typeof after === 'string' && after.length <= 64 ? readTime(after, now) : null;
}
