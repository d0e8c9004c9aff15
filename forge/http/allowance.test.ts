import { expect, test } from 'vitest';
import { createAllowance } from './allowance.ts';

const CAP_MS = 1_000;

function open() {
  let now = 5;
  const allowance = createAllowance({ capMs: CAP_MS, bytesPerSecond: 100 }, () => now);
  return { ...allowance, pass: (ms: number) => (now += ms) };
}

test('a client that sends nothing uses it up; one that trickles does a little later', () => {
  const { wait, left, earn, pass } = open();
  wait();
  pass(600);
  expect(left()).toBe(400);
  earn(1);
  expect(left()).toBe(410);
  pass(410);
  expect(left()).toBe(0);
  earn(1_000);
  expect(left(), 'too late').toBe(0);
});

test('a client at the minimum speed keeps it, a fast one saves up no more than the cap', () => {
  const { wait, left, earn, pass } = open();
  wait();
  for (let i = 0; i < 100; i += 1) {
    pass(100);
    earn(10);
  }
  expect(left()).toBe(CAP_MS);
  earn(1e9);
  pass(CAP_MS);
  expect(left()).toBe(0);
});

test('only waiting for the client counts, and waits that overlap count once', () => {
  const { wait, left, pass } = open();
  pass(10 * CAP_MS);
  expect(left(), 'git worked').toBe(CAP_MS);
  const ends = [wait(), wait()];
  pass(100);
  ends[0]?.();
  ends[0]?.();
  pass(100);
  ends[1]?.();
  pass(10 * CAP_MS);
  expect(left()).toBe(800);
});
