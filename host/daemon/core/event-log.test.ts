import { expect, test } from 'vitest';
import { openTestHive } from '../testing/open-test-hive.ts';

test('a listener that throws keeps no later one from receiving an event', async () => {
  const hive = openTestHive();
  const later: string[] = [];
  hive.events.subscribe(() => {
    throw new Error('broken');
  });
  hive.events.subscribe((event) => later.push(event.kind));
  await hive.events.record('hive.stopping', { data: { reason: 'test' } });
  expect(later).toEqual(['hive.stopping']);
  expect(hive.listenerErrors).toMatchObject([{ message: 'broken' }]);
  await hive.close();
});

test('following the log gives every event once, in order, from any point, while more are recorded', async () => {
  const hive = openTestHive();
  const stop = new AbortController();
  const seen: number[] = [];
  for (let n = 0; n < 20; n += 1) await hive.broker.send('operator', { to: 'scout', body: `a${n}` });
  const following = (async () => {
    for await (const event of hive.events.follow({ after: 5, agent: null, keep: () => true }, stop.signal)) {
      seen.push(event.seq);
      if (event.seq === 1_040) stop.abort();
    }
  })();
  await Promise.all(
    Array.from({ length: 1_020 }, (_, n) => hive.broker.send('operator', { to: 'scout', body: `b${n}` })),
  );
  await following;
  expect(seen).toEqual(Array.from({ length: 1_035 }, (_, n) => n + 6));
  await hive.close();
});
