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
