import { expect, test } from 'vitest';
import type { ProviderName } from '../../../protocol/providers.ts';
import { createFailures } from './failures.ts';

const CALLS = { provider: 'anthropic' as ProviderName, models: 'sonnet' };

test('the pause after failures in a row doubles up to five minutes; a success ends it', () => {
  let time = 0;
  const failures = createFailures(() => time);
  const pauses: number[] = [];
  for (let n = 0; n < 7; n += 1) {
    failures.hear(CALLS, time);
    const until = failures.until(CALLS) ?? 0;
    pauses.push((until - time) / 1_000);
    time = until;
    expect(failures.until(CALLS)).toBeNull();
  }
  expect(pauses).toEqual([10, 20, 40, 80, 160, 300, 300]);
  expect(failures.until({ ...CALLS, models: 'opus' })).toBeNull();
  failures.hear(CALLS, time);
  failures.lift(CALLS);
  expect(failures.until(CALLS)).toBeNull();
});

test('calls that failed together count once, and only one at a time tries again', () => {
  let time = 1_000;
  const failures = createFailures(() => time);
  for (let n = 0; n < 10; n += 1) failures.hear(CALLS, 500);
  expect(failures.until(CALLS)).toBe(11_000);
  time = 11_000;
  expect(failures.until(CALLS)).toBeNull();
  failures.begin(CALLS);
  expect(failures.until(CALLS)).toBe(21_000);
  time = 12_000;
  failures.hear(CALLS, 11_000);
  expect(failures.until(CALLS)).toBe(32_000);
});

test('what failed is remembered of a bounded number of models: a box may invent names', () => {
  const failures = createFailures(() => 0);
  for (let n = 0; n <= 1_000; n += 1) failures.hear({ ...CALLS, models: `model-${n}` }, 0);
  expect(failures.until({ ...CALLS, models: 'model-0' })).toBeNull();
  expect(failures.until({ ...CALLS, models: 'model-1000' })).not.toBeNull();
});
