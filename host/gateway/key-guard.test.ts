import { expect, test } from 'vitest';
import { createKeyGuard } from './key-guard.ts';

function guardOf() {
  const time = { now: 0 };
  const told: string[] = [];
  const guard = createKeyGuard({ now: () => time.now, tell: ({ state, status }) => told.push(`${state} ${status}`) });
  /** Answers as a protocol reads them: 401 is about the key, 403 about what it may do. */
  const hear = (status: number) => guard.hear(status, status === 401 ? 'refused' : status === 403 ? 'forbidden' : null);
  return { time, told, guard, hear };
}

test('a refusal is reported once, blocks calls, and lets a probe pass with growing pauses', () => {
  const { time, told, guard, hear } = guardOf();
  const asked: number[] = [];
  for (; time.now < 60 * 60_000; time.now += 1_000)
    if (!guard.bars()) {
      asked.push(time.now / 60_000);
      hear(401);
    }
  expect(told).toEqual(['refused 401']);
  expect(asked).toEqual([0, 1, 3, 7, 15, 25, 35, 45, 55]);
});

test('one probe at a time; a success ends it at once', () => {
  const { time, told, guard, hear } = guardOf();
  hear(401);
  time.now = 60_000;
  expect([guard.bars(), guard.bars()]).toEqual([false, true]);
  hear(200);
  expect(guard.bars()).toBe(false);
  expect(told).toEqual(['refused 401', 'accepted 200']);
});

test('a status that says nothing about the key changes nothing', () => {
  const { told, guard, hear } = guardOf();
  for (const status of [400, 403, 404, 413, 429, 500, 529]) hear(status);
  expect([told, guard.bars()]).toEqual([[], false]);
});

test('a second 403 without a success in between is reported, but blocks nobody: it may be about one model', () => {
  const { told, guard, hear } = guardOf();
  for (const status of [403, 200, 403, 403, 403]) hear(status);
  expect([told, guard.bars()]).toEqual([['accepted 200', 'refused 403'], false]);
});

test('late answers to a replaced key say nothing about the next one', () => {
  const { told, guard, hear } = guardOf();
  guard.retire();
  hear(401);
  expect(told).toEqual([]);
});
