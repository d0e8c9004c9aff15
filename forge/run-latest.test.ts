import { expect, test } from 'vitest';
import { runLatest } from './run-latest.ts';

/** Work that ends when it is told to. */
function openWork() {
  const begun: number[] = [];
  const finish: (() => void)[] = [];
  const runs = runLatest(async (input: number) => {
    begun.push(input);
    await new Promise<void>((resolve) => finish.push(resolve));
    if (input < 0) throw new Error('failed');
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { begun, runs, turn, finishOne: () => finish.shift()?.() };
}

test('runs take turns; of the inputs that wait only the newest is taken', async () => {
  const { begun, runs, turn, finishOne } = openWork();
  const first = runs.run(1);
  await turn();
  const waiting = [runs.run(2), runs.run(3)];
  await turn();
  expect(begun).toEqual([1]);
  finishOne();
  await first;
  await turn();
  expect(begun).toEqual([1, 3]);
  finishOne();
  await Promise.all(waiting);
});

test('a run that fails is told to those who asked for it, and the next one begins', async () => {
  const { begun, runs, turn, finishOne } = openWork();
  const failing = runs.run(-1);
  await turn();
  const next = runs.run(2);
  finishOne();
  await expect(failing).rejects.toThrow('failed');
  await turn();
  finishOne();
  await next;
  expect(begun).toEqual([-1, 2]);
});

test('the end waits for the run under way and begins no other', async () => {
  const { begun, runs, turn, finishOne } = openWork();
  void runs.run(1);
  await turn();
  const late = runs.run(2);
  const ended = runs.end();
  finishOne();
  await ended;
  await late;
  await runs.run(3);
  expect(begun).toEqual([1]);
});
