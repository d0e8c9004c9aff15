import { beforeEach, expect, test } from 'vitest';
import { createFairShare, type FairShare } from './fair-share.ts';

let now: number;
let rounds: (() => void)[];
let share: FairShare<string>;
const compute = (caller: string, ms: number) => share.measure(caller, () => (now += ms));
const nextRound = () => rounds.shift()?.();

beforeEach(() => {
  now = 0;
  rounds = [];
  share = createFairShare({ sliceMs: 10, now: () => now, afterInput: (callback) => void rounds.push(callback) });
});

test('a caller that used its slice waits for the next round; others do not', () => {
  compute('ada', 10);
  expect([share.hasTurn('ada'), share.hasTurn('bob')]).toEqual([false, true]);
  nextRound();
  expect(share.hasTurn('ada')).toBe(true);
});

test('an excess is repaid in later rounds', () => {
  compute('ada', 35);
  const seen: boolean[] = [];
  for (let round = 0; round < 4; round += 1) {
    nextRound();
    seen.push(share.hasTurn('ada'));
  }
  expect(seen).toEqual([false, false, true, true]);
  expect(rounds).toEqual([]);
});

test('waiting callers resume in order, as many as fit the slice of a round', () => {
  const done: string[] = [];
  compute('ada', 10);
  for (const name of ['one', 'two', 'three'])
    share.wait('ada', () => {
      compute('ada', 6);
      done.push(name);
    });
  nextRound();
  expect(done).toEqual(['one', 'two']);
  nextRound();
  expect(done).toEqual(['one', 'two', 'three']);
});

test('work that throws is charged, too', () => {
  expect(() =>
    share.measure('ada', () => {
      now += 20;
      throw new Error('nonsense');
    }),
  ).toThrow('nonsense');
  expect(share.hasTurn('ada')).toBe(false);
});

test('nothing stays scheduled when nobody computes or waits', () => {
  compute('ada', 1);
  nextRound();
  expect(rounds).toEqual([]);
});
