import { expect, test, vi } from 'vitest';
import { createWakeups, pause, waitAtMost } from './pause.ts';

const NEVER_MS = 2 ** 40;
const never = new Promise<string>(() => undefined);

test('a pause ends after its time, or with its signal', async () => {
  const stop = new AbortController();
  await pause(1, stop.signal);
  const long = pause(NEVER_MS, stop.signal);
  stop.abort(new Error('stopped'));
  await long;
  await pause(NEVER_MS, stop.signal);
});

test('a pause leaves neither a timer nor a listener behind, however it ends', async () => {
  vi.useFakeTimers();
  try {
    const stop = new AbortController();
    const removed = vi.spyOn(stop.signal, 'removeEventListener');
    const pauses = [pause(5, stop.signal), pause(NEVER_MS, stop.signal)];
    expect(vi.getTimerCount()).toBe(2);
    await vi.advanceTimersByTimeAsync(5);
    expect(vi.getTimerCount()).toBe(1);
    stop.abort();
    await Promise.all(pauses);
    expect(vi.getTimerCount()).toBe(0);
    expect(removed).toHaveBeenCalledTimes(2);
  } finally {
    vi.useRealTimers();
  }
});

test('wake ends every wait in progress, and none that begins later', async () => {
  const { signal } = new AbortController();
  const wakeups = createWakeups();
  const ended: string[] = [];
  const first = wakeups.wait(Infinity, signal).then(() => ended.push('first'));
  const second = wakeups.wait(NEVER_MS, signal).then(() => ended.push('second'));
  wakeups.wake();
  const late = wakeups.wait(Infinity, signal).then(() => ended.push('late'));
  await Promise.all([first, second]);
  expect(ended).toEqual(['first', 'second']);
  wakeups.wake();
  await late;
});

test('waiting for work stops at the limit, and the work continues', async () => {
  expect(await waitAtMost(Promise.resolve('done'), NEVER_MS)).toBe('done');
  expect(await waitAtMost(never, 1)).toBeUndefined();
  await expect(waitAtMost(Promise.reject(new Error('broke')), NEVER_MS)).rejects.toThrow('broke');
  const stop = new AbortController();
  const waiting = waitAtMost(never, NEVER_MS, stop.signal);
  stop.abort();
  expect(await waiting).toBeUndefined();
});
