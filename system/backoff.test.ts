import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const BACKOFF = { firstMs: 50, maxMs: 2_000 };

test('pauses double up to their bound', () => {
  expect([0, 1, 2, 3, 6, 7, 5_000].map((failures) => backoffMs(failures, BACKOFF, 0))).toEqual([
    50, 50, 100, 200, 1_600, 2_000, 2_000,
  ]);
});

test('jitter shortens a pause by up to half', () => {
  expect(backoffMs(7, BACKOFF, 0.5)).toBe(1_500);
  expect(backoffMs(7, BACKOFF, 0.999_999)).toBe(1_000);
});

/** Reproducible pseudo-random numbers within [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** When each of a hundred clients that lost their server at once makes its first try after the server is back. */
function returnsOf(backAtMs: number, random: () => number): number[] {
  return Array.from({ length: 100 }, () => {
    let at = 0;
    for (let failures = 1; at < backAtMs; failures += 1) at += backoffMs(failures, BACKOFF, random());
    return at;
  });
}

/** The highest number of these times within any 50 ms. */
function mostAtOnce(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 50).length));
}

test.each([1_000, 5_000, 60_000])('a hundred clients that lost a server for %i ms do not retry in step', (awayMs) => {
  expect(mostAtOnce(returnsOf(awayMs, () => 0))).toBe(100);
  for (let seed = 1; seed <= 50; seed += 1) expect(mostAtOnce(returnsOf(awayMs, seeded(seed)))).toBeLessThan(25);
});
