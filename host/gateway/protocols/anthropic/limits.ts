import type { IncomingHttpHeaders } from 'node:http';
import type { FailedAnswer, Left, Limit, Refusal } from '../protocol.ts';
import { leastLeft, readCounter, readWindow } from '../read-left.ts';
import { readRetryAfter, readTime } from '../read-time.ts';

/** A limit is recognised by its status; its end is taken from a subscription's own header or from `retry-after`. */
export function readLimit({ status, headers }: FailedAnswer, now: number): Limit | null {
  if (status === 529) return { kind: 'overloaded', until: readRetryAfter(headers, now) };
  if (status !== 429) return null;
  const reset = headers['anthropic-ratelimit-unified-reset'];
  const named = typeof reset === 'string' && reset.length <= 64 ? readTime(reset, null) : null;
  // A subscription's limit (five hours, a week), not the rate limit of an API key.
  if (named !== null) return { kind: 'quota', until: named };
  return { kind: 'rate', until: readRetryAfter(headers, now) };
}

/** Counters of an API key, and the windows of a subscription. */
export function readLeft(headers: IncomingHttpHeaders): Left | null {
  const counters = ['requests', 'tokens', 'input-tokens', 'output-tokens'].map((what) =>
    readCounter(headers, {
      limit: `anthropic-ratelimit-${what}-limit`,
      remaining: `anthropic-ratelimit-${what}-remaining`,
    }),
  );
  const windows = ['5h', '7d'].map((window) =>
    readWindow(headers, { used: `anthropic-ratelimit-unified-${window}-utilization`, whole: 1 }),
  );
  return leastLeft([...counters, ...windows]);
}

export function readRefusal({ status }: FailedAnswer): Refusal | null {
  if (status === 401) return 'refused';
  return status === 403 ? 'forbidden' : null;
}

/** Limits count by family, whatever the generation: `claude-sonnet-4-5` and `claude-sonnet-5` are both "sonnet". */
export function classOf(model: string): string | null {
  return /\b(?:opus|sonnet|haiku|fable|mythos)\b/i.exec(model)?.[0].toLowerCase() ?? null;
}
