import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeToken, type Bucket } from './rate.ts';

const T0 = 1_700_000_000_000;
const rules = fc.record({ burst: fc.integer({ min: 1, max: 50 }), perMinute: fc.integer({ min: 1, max: 6_000 }) });

/** The number of sends at these times that pass, and the bucket after them. */
function countPassed(times: readonly number[], rule: { burst: number; perMinute: number }) {
  let bucket: Bucket | null = null;
  let passed = 0;
  for (const time of times) {
    const taken = takeToken(bucket, rule, time);
    bucket = taken.bucket;
    if (taken.ok) passed += 1;
  }
  return { passed, bucket };
}

test('a burst passes at once, the next send is told when to retry', () => {
  const rule = { burst: 3, perMinute: 60 };
  const { passed, bucket } = countPassed([T0, T0, T0], rule);
  expect(passed).toBe(3);
  expect(takeToken(bucket, rule, T0)).toEqual({ bucket: { tokens: 0, at: T0 }, ok: false, retryAfterMs: 1_000 });
  expect(takeToken(bucket, rule, T0 + 250)).toMatchObject({ ok: false, retryAfterMs: 750 });
  expect(takeToken(bucket, rule, T0 + 1_000).ok).toBe(true);
});

test('never more than the burst and the refill together', () => {
  const gaps = fc.array(fc.nat(5_000), { maxLength: 200 });
  fc.assert(
    fc.property(rules, gaps, (rule, gaps) => {
      let at = T0;
      const times = gaps.map((gap) => (at += gap));
      const most = rule.burst + ((at - T0) * rule.perMinute) / 60_000;
      expect(countPassed(times, rule).passed).toBeLessThanOrEqual(most + 0.001);
    }),
  );
});

test('a sender that waits as long as told passes, and not one ms earlier', () => {
  fc.assert(
    fc.property(rules, fc.array(fc.nat(2_000), { maxLength: 100 }), (rule, gaps) => {
      let at = T0;
      let bucket: Bucket | null = null;
      for (const gap of gaps) {
        at += gap;
        const taken = takeToken(bucket, rule, at);
        bucket = taken.bucket;
        if (taken.ok) continue;
        expect(taken.retryAfterMs).toBeGreaterThan(0);
        expect(takeToken(bucket, rule, at + taken.retryAfterMs).ok).toBe(true);
        expect(takeToken(bucket, rule, at + taken.retryAfterMs - 1).ok).toBe(false);
      }
    }),
  );
});

test('a refused attempt costs nothing: it does not delay the next token', () => {
  const rule = { burst: 1, perMinute: 6 };
  const asked = countPassed([T0, ...Array.from({ length: 99 }, (_, index) => T0 + (index + 1) * 100)], rule);
  expect(asked.passed).toBe(1);
  expect(takeToken(asked.bucket, rule, T0 + 10_000).ok).toBe(true);
});

test('a clock that goes backwards adds and removes no tokens', () => {
  const buckets = fc.record({ tokens: fc.double({ min: 0, max: 1, noNaN: true }), at: fc.constant(T0) });
  fc.assert(
    fc.property(buckets, rules, fc.nat(10 ** 9), (bucket, rule, back) => {
      const before = takeToken(bucket, rule, T0);
      const after = takeToken(bucket, rule, T0 - back);
      expect(after).toEqual({ ...before, bucket: { tokens: before.bucket.tokens, at: T0 - back } });
    }),
  );
});

test('a clock that is set back does not block a sender until it has caught up', () => {
  const rule = { burst: 1, perMinute: 60 };
  const { bucket } = countPassed([T0], rule);
  const set = takeToken(bucket, rule, T0 - 3_600_000);
  expect(set).toMatchObject({ ok: false, retryAfterMs: 1_000 });
  expect(takeToken(set.bucket, rule, T0 - 3_600_000 + 1_000).ok).toBe(true);
});

test('a smaller rule applies at once', () => {
  expect(takeToken({ tokens: 50, at: T0 }, { burst: 2, perMinute: 1 }, T0).bucket.tokens).toBe(1);
});
