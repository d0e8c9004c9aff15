import { expect, test } from 'vitest';
import { openTestHive } from '../../testing/open-test-hive.ts';
import { eventsAfter, eventsBefore, eventsOfTurn, wantedEventsAfter } from './events.ts';

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

// Vulnerability: a page of events that are as large as they may be is tens of megabytes, parsed and answered in one step.
test('pages are bounded by size, too, and each is continued where it ended', async () => {
  const hive = openTestHive();
  const text = 'x'.repeat(60_000);
  await hive.writer.write((tx) => {
    for (let n = 0; n < 300; n += 1)
      hive.events.append(tx, 'turn.text', { agent: 'scout', data: { turn: 7, text, truncated: false } });
  });
  expect(eventsAfter(hive.db, { after: 0, agent: 'scout', limit: 500 })).toHaveLength(18);
  const keep = () => true;
  const seqs: number[] = [];
  for (let after = 0; seqs.length < 300;) {
    const page = wantedEventsAfter(hive.db, { after, agent: null, limit: 1_000, keep });
    expect(page.events.length).toBeLessThan(150);
    seqs.push(...page.events.map(({ seq }) => seq));
    after = page.upTo;
  }
  const back: number[] = [];
  for (let before = 1_000; back.length < 300;) {
    const page = eventsBefore(hive.db, { before, agent: 'scout', limit: 1_000, keep });
    expect(page.events.length).toBeLessThan(150);
    back.push(...page.events.map(({ seq }) => seq));
    before = page.downTo;
  }
  const all = Array.from({ length: 300 }, (_, n) => n + 1);
  expect([seqs, back.toReversed()]).toEqual([all, all]);
  await hive.close();
});

// Vulnerability: an agent with many large events keeps hived's thread, and its memory, while one of its turns is listed.
test('the events of a turn are listed up to a number and a size, and so are those that are looked at', async () => {
  const hive = openTestHive();
  const started = hive.time.now;
  const say = (turn: number, text: string) =>
    hive.writer.write((tx) =>
      hive.events.append(tx, 'turn.text', { agent: 'scout', data: { turn, text, truncated: false } }),
    );
  for (let n = 0; n < 4; n += 1) {
    await say(7, 'x'.repeat(1_000));
    await say(8, 'y'.repeat(1_000));
  }
  const most = { lookAt: 100, lookAtBytes: 100_000, return: 100, returnBytes: 100_000 };
  const list = (more: Partial<typeof most>, endedAt: number | null = null) => {
    const turn = { turn: 7, agent: 'scout', startedAt: started, endedAt };
    const { events, isCut } = eventsOfTurn(hive.db, turn, { ...most, ...more });
    return [events.length, isCut];
  };
  expect(list({})).toEqual([4, false]);
  expect(list({ return: 4 })).toEqual([4, false]);
  expect(list({ return: 3 })).toEqual([3, true]);
  expect(list({ returnBytes: 2_500 })).toEqual([2, true]);
  expect(list({ lookAt: 4 })).toEqual([2, true]);
  expect(list({ lookAtBytes: 4_500 })).toEqual([2, true]);
  // What was left out came after its end.
  expect(list({ lookAt: 7 }, started - 1)).toEqual([4, false]);
  await hive.close();
});
