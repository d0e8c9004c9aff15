import { expect, test } from 'vitest';
import { runLatest } from './run-latest.ts';

/** Work that ends on demand. */
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

test('runs are serialized; of the waiting inputs only the newest is used', async () => {
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

test('a run that fails rejects for its callers, and the next one begins', async () => {
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

test('end waits for the running one and starts no other', async () => {
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

test('each call is answered by a run that began after it, and calls that wait share one', async () => {
  let begun = 0;
  const finish: (() => void)[] = [];
  const runs = runLatest<void, number>(async () => {
    const mine = (begun += 1);
    await new Promise<void>((resolve) => finish.push(resolve));
    return mine;
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const first = runs.run();
  await turn();
  const later = Promise.all([runs.run(), runs.run(), runs.run()]);
  finish.shift()?.();
  expect(await first).toBe(1);
  await turn();
  finish.shift()?.();
  expect(await later).toEqual([2, 2, 2]);
  await runs.end();
  expect(await runs.run()).toBeUndefined();
  expect(begun).toBe(2);
});
