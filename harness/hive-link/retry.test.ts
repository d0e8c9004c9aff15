import { expect, test } from 'vitest';
import { HiveError } from '../../protocol/errors.ts';
import { beatEveryMs } from './heartbeat.ts';
import { retryWhileAway } from './retry.ts';

test('an absence is reported once, and its end', async () => {
  const told: string[] = [];
  let calls = 0;
  const value = await retryWhileAway(
    async () => {
      calls += 1;
      if (calls < 4) throw new HiveError('hive_unreachable');
      return 'here';
    },
    { signal: new AbortController().signal, onAway: () => told.push('away'), onBack: () => told.push('back') },
  );
  expect([value, calls, told]).toEqual(['here', 4, ['away', 'back']]);
});

test('other errors are thrown, and a signal ends the waiting', async () => {
  const { signal } = new AbortController();
  await expect(retryWhileAway(() => Promise.reject(new HiveError('stale_fence')), { signal })).rejects.toMatchObject({
    code: 'stale_fence',
  });
  const stop = new AbortController();
  const waiting = retryWhileAway(() => Promise.reject(new HiveError('hive_unreachable')), {
    signal: stop.signal,
    onAway: () => stop.abort(),
  });
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});

test('a call on which hived fails is retried a few times; an absence in between resets the count', async () => {
  const { signal } = new AbortController();
  let calls = 0;
  const attempt = () => {
    calls += 1;
    return Promise.reject(new HiveError(calls === 4 ? 'hive_unreachable' : 'internal'));
  };
  const pauses = { firstMs: 1, maxMs: 2 };
  await expect(retryWhileAway(attempt, { signal, pauses })).rejects.toMatchObject({ code: 'internal' });
  expect(calls).toBe(9);
});

test('a running turn sends heartbeats well within its lease, and often enough to learn of an interrupt', () => {
  expect([beatEveryMs(90_000, true), beatEveryMs(3_000, true), beatEveryMs(3_000, false)]).toEqual([
    3_000, 1_000, 10_000,
  ]);
});
