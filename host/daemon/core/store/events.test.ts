import { expect, test } from 'vitest';
import { openTestHive } from '../../testing/open-test-hive.ts';
import { eventsBefore, wantedEventsAfter } from './events.ts';

test('events of a kind are found among many others, page by page, without gap or repetition', async () => {
  const hive = openTestHive();
  const rare = () => hive.events.record('hive.stopping', { data: { reason: 'rare' } });
  const common = (n: number) =>
    hive.writer.write((tx) => {
      for (let i = 0; i < n; i += 1) hive.events.append(tx, 'dashboard.signed_in', { data: {} });
    });
  for (let n = 0; n < 5; n += 1) {
    await common(700);
    await rare();
  }
  const keep = (kind: string) => kind === 'hive.stopping';
  const found: number[] = [];
  for (let after = 0, left = 10; left > 0; left -= 1) {
    const page = wantedEventsAfter(hive.db, { after, agent: null, limit: 2, keep });
    found.push(...page.events.map((event) => event.seq));
    if (page.upTo === after) break;
    after = page.upTo;
  }
  expect(found).toEqual([701, 1_402, 2_103, 2_804, 3_505]);
  const back: number[] = [];
  for (let before = 1_000_000, left = 10; left > 0 && before > 0; left -= 1) {
    const page = eventsBefore(hive.db, { before, agent: null, limit: 2, keep });
    back.push(...page.events.map((event) => event.seq));
    before = page.downTo;
  }
  expect(back).toEqual(found.toReversed());
  await hive.close();
});
