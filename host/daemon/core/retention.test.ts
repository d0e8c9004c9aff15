import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { endIntent, insertIntent } from '../modules/boxes/store/intents.ts';
import { openTestHive, type TestHive } from '../testing/open-test-hive.ts';
import { decideRows } from './retention.ts';
import { prunerOf } from '../testing/list-test-modules.ts';
import { createSearchIndex } from '../modules/search/index-search.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const DAY = 86_400_000;
const [manager, scout] = ['manager', 'scout'] as AgentName[] as [AgentName, AgentName];
const count = (table: string) => hive.db.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get();
const all = { messages_days: 10, notices_days: 10, transcript_days: 5, events_days: 20 };

async function readOne(body: string): Promise<number> {
  const { id } = await hive.broker.send(manager, { to: scout, body });
  const harness = await hive.boot('scout');
  await harness.finish((await harness.wake())!, 'done');
  return id;
}

test('old messages are deleted with all rows that refer to them; messages that somebody waits for stay', async () => {
  const read = await readOne('walrus one');
  const unread = await hive.broker.send(manager, { to: scout, body: 'walrus two' });
  const open = await hive.broker.send(scout, { to: 'operator', body: 'walrus three?', kind: 'question' });
  await hive.broker.markRead([open.id]);
  const search = createSearchIndex(hive);
  const find = async () =>
    (await search.find({ query: 'walrus', viewer: null, before: 1e9, limit: 9 })).map((hit) => hit.id);
  expect(await find()).toEqual([open.id, unread.id, read]);
  hive.time.now += 9 * DAY;
  const pruner = prunerOf(hive, all);
  await pruner.prune(hive.time.now, 100);
  expect(count('messages')).toBe(3);
  hive.time.now += 2 * DAY;
  expect(await pruner.prune(hive.time.now, 100)).toMatchObject({ more: false });
  expect(await find()).toEqual([open.id, unread.id]);
  expect([count('messages'), count('deliveries'), count('threads'), count('turn_deliveries')]).toEqual([2, 2, 2, 0]);
  expect(hive.db.pragma('foreign_key_check')).toEqual([]);
  hive.db.exec("INSERT INTO message_words (message_words) VALUES ('integrity-check')");
});

test('transcripts and other events have their own retention; a round runs in bounded steps', async () => {
  const harness = await hive.boot('scout');
  for (let n = 0; n < 300; n += 1)
    await hive.events.record(n % 2 === 0 ? 'turn.text' : 'turn.started', {
      agent: scout,
      data: { turn: 1, text: '', truncated: false, messages: [], redelivered: [] },
    });
  expect(harness.bootId).toBeTruthy();
  hive.time.now += 6 * DAY;
  const pruner = prunerOf(hive, all);
  expect(await pruner.prune(hive.time.now, 1)).toMatchObject({ more: true });
  while ((await pruner.prune(hive.time.now, 1)).more);
  const kinds = () => hive.db.prepare('SELECT kind, COUNT(*) AS n FROM events GROUP BY kind ORDER BY kind').all();
  expect(kinds()).toEqual([
    { kind: 'harness.hello', n: 1 },
    { kind: 'turn.started', n: 150 },
  ]);
  hive.time.now += 15 * DAY;
  while ((await pruner.prune(hive.time.now, 3)).more);
  expect(kinds()).toEqual([]);
});

test('turns are deleted once nothing refers to them; an agent’s newest turn and turns with kept mail stay', async () => {
  await readOne('one');
  await readOne('two');
  hive.db.prepare("INSERT INTO model_calls SELECT 'x', 'scout', MIN(id), 'demo', 'm', 1, 1, 200, 1, 1, 0, 0, 0 FROM turns").run(); // prettier-ignore
  hive.time.now += 30 * DAY;
  const kept = prunerOf(hive, { ...all, messages_days: 0 });
  while ((await kept.prune(hive.time.now, 10)).more);
  expect([count('turns'), count('model_calls'), count('turn_deliveries')]).toEqual([2, 0, 2]);
  const pruner = prunerOf(hive, all);
  while ((await pruner.prune(hive.time.now, 10)).more);
  expect([count('turns'), count('turn_deliveries')]).toEqual([1, 0]);
  expect(hive.db.pragma('foreign_key_check')).toEqual([]);
  // The agent goes on.
  await readOne('three');
  expect(count('turns')).toBe(2);
});

test('intents are deleted when they ended long ago; an open one stays', async () => {
  const at = hive.time.now;
  await hive.writer.write((tx) => {
    const ended = insertIntent(tx.db, { kind: 'rebuild', agent: 'scout', data: {}, at });
    endIntent(tx.db, ended, { at, result: 'done' });
    insertIntent(tx.db, { kind: 'rebuild', agent: 'scout', data: {}, at });
  });
  const pruner = prunerOf(hive, all);
  await pruner.prune(at + 19 * DAY, 100);
  expect(count('intents')).toBe(2);
  await pruner.prune(at + 21 * DAY, 100);
  expect(hive.db.prepare('SELECT ended_at FROM intents').pluck().all()).toEqual([null]);
});

test('zero keeps for ever', async () => {
  await readOne('x');
  hive.time.now += 10_000 * DAY;
  const pruner = prunerOf(hive, { messages_days: 0, notices_days: 0, transcript_days: 0, events_days: 0 });
  expect(await pruner.prune(hive.time.now, 100)).toEqual({ deleted: 0, more: false });
});

test('rows written while the clock was ahead block nothing', async () => {
  const write = (kind: 'turn.started' | 'turn.text') =>
    hive.events.record(kind, {
      agent: scout,
      data: { turn: 1, text: '', truncated: false, messages: [], redelivered: [] } as never,
    });
  const real = hive.time.now;
  hive.time.now = real + 400 * DAY;
  for (let n = 0; n < 150; n += 1) await write('turn.text');
  const ahead = await hive.broker.send(manager, { to: scout, body: 'from the future' });
  hive.time.now = real;
  for (let n = 0; n < 50; n += 1) await write('turn.text');
  await readOne('of today');
  hive.time.now = real + 30 * DAY;
  await write('turn.started');
  await hive.broker.send(manager, { to: scout, body: 'the newest' });
  const pruner = prunerOf(hive, all);
  await pruner.prune(hive.time.now, 1_000);
  expect(
    hive.db
      .prepare('SELECT COUNT(*) FROM events WHERE at < ?')
      .pluck()
      .get(hive.time.now - 20 * DAY),
  ).toBe(0);
  expect(hive.db.prepare("SELECT id FROM messages WHERE body = 'of today'").all()).toEqual([]);
  expect(hive.db.prepare('SELECT id FROM messages WHERE id = ?').all(ahead.id)).toHaveLength(1);
  hive.time.now = real + 421 * DAY;
  await write('turn.started');
  await pruner.prune(hive.time.now, 1_000);
  expect(hive.db.prepare('SELECT COUNT(*) FROM events').pluck().get()).toBe(1);
});

test('a round ends when its time budget is used', async () => {
  for (let n = 0; n < 5; n += 1) await readOne('x');
  hive.time.now += 100 * DAY;
  // Each step takes two milliseconds by this clock.
  let now = 0;
  const pruner = prunerOf(hive, all, () => (now += 2));
  expect(await pruner.prune(hive.time.now, 1_000, 5)).toMatchObject({ more: true });
  expect(now).toBe(12);
});

test.each([
  { rows: 100, tookMs: 8, next: 50 },
  { rows: 100, tookMs: 2, next: 200 },
  { rows: 1_000, tookMs: 5, next: 800 },
  { rows: 100, tookMs: 0, next: 200 },
  { rows: 100, tookMs: 400, next: 50 },
  { rows: 1_500, tookMs: 1, next: 2_000 },
])('after $rows rows that took $tookMs ms the next step scans $next', ({ rows, tookMs, next }) => {
  expect(decideRows(rows, tookMs)).toBe(next);
});
