import { Cron } from 'croner';
import type { FailedAnswer, Limit, Refusal } from '../protocol.ts';
import { readRetryAfter } from '../read-time.ts';
import { detailsOf, readError } from './errors.ts';
import { parseJson } from '../../../../system/text/parse-json.ts';

/**
 * A limit is recognised by its status; its quotas say whether it is one of a day or of a minute. The end of a minute's
 * is taken from the error's RetryInfo, else from `retry-after`. A day's has a RetryInfo too, which is far too short.
 */
export function readLimit({ status, headers, body }: FailedAnswer, now: number): Limit | null {
  if (status === 503 || status === 529) return { kind: 'overloaded', until: readRetryAfter(headers, now) };
  if (status !== 429) return null;
  const error = readError(parseJson(body));
  const quotas = detailsOf(error, 'QuotaFailure').flatMap(({ violations }) => violations ?? []);
  if (quotas.some(({ quotaId }) => /PerDay/i.test(quotaId ?? ''))) return { kind: 'quota', until: endOfDay(now) };
  const delays = detailsOf(error, 'RetryInfo').map(({ retryDelay }) => readDelay(retryDelay ?? ''));
  const delay = delays.find((ms) => ms !== null);
  return { kind: 'rate', until: delay == null ? readRetryAfter(headers, now) : now + delay };
}

/** An invalid key is a bad request here, and only the error's reason says so. */
export function readRefusal({ status, body }: FailedAnswer): Refusal | null {
  if (status === 401) return 'refused';
  if (status === 403) return 'forbidden';
  if (status !== 400) return null;
  const reasons = detailsOf(readError(parseJson(body)), 'ErrorInfo').map(({ reason }) => reason);
  return reasons.includes('API_KEY_INVALID') ? 'refused' : null;
}

/** A duration in the JSON of protocol buffers (`7s`, `0.25s`), in milliseconds; null when it is not one. */
function readDelay(text: string): number | null {
  const seconds = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(text)?.[1];
  return seconds === undefined ? null : Math.round(Number(seconds) * 1_000);
}

/** Quotas of a day are reset at midnight Pacific time (ai.google.dev/gemini-api/docs/rate-limits). */
const RESETS = { at: '0 0 * * *', timezone: 'America/Los_Angeles' };

function endOfDay(now: number): number | null {
  const { at, timezone } = RESETS;
  return new Cron(at, { timezone }).nextRun(new Date(now))?.getTime() ?? null;
}
