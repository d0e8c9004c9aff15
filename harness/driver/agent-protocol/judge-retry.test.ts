import { expect, test } from 'vitest';
import { judgeRetry } from './judge-retry.ts';

const retry = { attempt: 1, at: 10_000, status: 429, error: 'Slow down.' };

test.each([
  ['a first retry soon', retry, null],
  ['a third retry soon', { ...retry, attempt: 3 }, null],
  ['a limit that ends later', { ...retry, at: 3_600_000 }, { kind: 'rate_limited', resetsAt: 3_600_000 }],
  ['a limit that comes again and again', { ...retry, attempt: 4 }, { kind: 'rate_limited', resetsAt: 10_000 }],
  ['an overload that stays', { ...retry, attempt: 4, status: 503 }, { kind: 'outage' }],
  [
    'a limit known by its words',
    { ...retry, at: 3_600_000, status: null, error: 'You hit your usage limit' },
    { kind: 'rate_limited' },
  ],
  ['a lost connection', { ...retry, attempt: 4, status: null, error: 'ECONNREFUSED' }, { kind: 'outage' }],
  ['a refused login', { ...retry, attempt: 4, status: 401 }, { kind: 'needs_login' }],
])('%s', (_what, given, verdict) => {
  if (verdict === null) expect(judgeRetry(given, 0)).toBeNull();
  else expect(judgeRetry(given, 0)).toMatchObject(verdict);
});
