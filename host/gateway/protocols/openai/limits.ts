import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import type { FailedAnswer, Left, Limit, Refusal } from '../protocol.ts';
import { leastLeft, readCounter, readWindow } from '../read-left.ts';
import { readRetryAfter } from '../read-time.ts';
import { parseJson } from '../../../../system/text/parse-json.ts';

const failure = z.object({
  error: z.object({
    type: z.string().nullish().catch(null),
    code: z.string().nullish().catch(null),
    message: z.string().nullish().catch(null),
    /** Of a usage limit: epoch seconds. */
    resets_at: z.number().nullish().catch(null),
  }),
});
type Failure = z.infer<typeof failure>['error'];

/** Limits that do not end after a short wait: the account's credit, or its share of a subscription. */
const QUOTA: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'usage_limit_reached',
  'usage_not_included',
  'billing_hard_limit_reached',
]);
/** The windows of a plan, of which headers say the used share and the end (epoch seconds). */
const WINDOWS = ['x-codex-primary', 'x-codex-secondary'];
const SPAN = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A limit is recognised by status and error code; its end is taken from the body, else from `retry-after`, the reset
 * headers of exhausted counters, or the message.
 */
export function readLimit(answer: FailedAnswer, now: number): Limit | null {
  const { status, headers, body } = answer;
  if (status === 503 || status === 529) return { kind: 'overloaded', until: readRetryAfter(headers, now) };
  if (status !== 429) return null;
  const said = failure.safeParse(parseJson(body)).data?.error ?? {};
  const until =
    endOf(said) ??
    endOfWindow(answer, now) ??
    readRetryAfter(headers, now) ??
    endOfUsedUp(answer, now) ??
    endInWords(said, now);
  return { kind: QUOTA.has(said.code ?? '') || QUOTA.has(said.type ?? '') ? 'quota' : 'rate', until };
}

export function readLeft(headers: IncomingHttpHeaders): Left | null {
  return leastLeft([
    ...['requests', 'tokens'].map((what) =>
      readCounter(headers, { limit: `x-ratelimit-limit-${what}`, remaining: `x-ratelimit-remaining-${what}` }),
    ),
    ...WINDOWS.map((window) => readWindow(headers, { used: `${window}-used-percent`, whole: 100 })),
  ]);
}

export function readRefusal({ status }: FailedAnswer): Refusal | null {
  if (status === 401) return 'refused';
  return status === 403 ? 'forbidden' : null;
}

function endOf({ resets_at }: Failure): number | null {
  return resets_at == null ? null : Math.round(resets_at * 1_000);
}

/** The end of a plan's windows that are used up; of both, the later one. */
function endOfWindow({ headers }: FailedAnswer, now: number): number | null {
  const ends = WINDOWS.flatMap((window) => {
    const end = Number(headers[`${window}-reset-at`]) * 1_000;
    return Number(headers[`${window}-used-percent`]) >= 100 && end > now ? [end] : [];
  });
  return ends.length === 0 ? null : Math.max(...ends);
}

/** The reset time of requests or tokens a minute, whichever has nothing left; of both, the later one. */
function endOfUsedUp({ headers }: FailedAnswer, now: number): number | null {
  const ends = ['requests', 'tokens'].flatMap((what) => {
    const reset = headers[`x-ratelimit-reset-${what}`];
    if (headers[`x-ratelimit-remaining-${what}`] !== '0' || typeof reset !== 'string') return [];
    const span = readSpan(reset);
    return span === null ? [] : [now + span];
  });
  return ends.length === 0 ? null : Math.max(...ends);
}

/** "Please try again in 7.5s." in the message, used when no header gives the time. */
function endInWords({ message }: Failure, now: number): number | null {
  const span = /try again in ([\w.]{1,32}?)\.?(?:\s|$)/i.exec(message ?? '')?.[1];
  const ms = span === undefined ? null : readSpan(span);
  return ms === null ? null : now + ms;
}

/** A duration in the API's format (`7s`, `1m30s`, `120ms`), in milliseconds; null when it is not one. */
export function readSpan(text: string): number | null {
  if (text.length > 32 || !SPAN.test(text)) return null;
  let ms = 0;
  for (const [, figure = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g))
    ms += Number(figure) * (UNIT_MS[unit] ?? 0);
  return Math.round(ms);
}
