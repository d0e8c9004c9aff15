import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventKind } from '../../../../protocol/schemas/event.ts';
import { scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { startOfTurn } from './store/transcript.ts';
import { searchTranscript } from './search-transcript.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const END = Number.MAX_SAFE_INTEGER;
const add = (kind: EventKind, data: object, agent = 'scout') =>
  Number(
    hive.db
      .prepare('INSERT INTO events (at, kind, agent, data) VALUES (1, ?, ?, ?)')
      .run(kind, agent, JSON.stringify(data)).lastInsertRowid,
  );
const say = (text: string, agent = 'scout') => add('turn.text', { turn: 7, text, truncated: false }, agent);
const search = (query: string, more: { before?: number; limit?: number } = {}) =>
  searchTranscript(hive.db, { agent: scout, query, before: END, limit: 50, ...more });
const found = async (query: string) => (await search(query)).hits.map(({ seq }) => seq);

test('texts are found whatever their case, newest first, with the words around them; only the agent’s own', async () => {
  const first = say(`${'before '.repeat(30)}the Walrus sleeps${' after'.repeat(60)}`);
  say('no such animal');
  say('a walrus of coder', 'coder');
  const second = say('walrus again');
  const { hits, downTo } = await search('WALRUS');
  expect(hits.map(({ seq, turn }) => [seq, turn])).toEqual([
    [second, 7],
    [first, 7],
  ]);
  expect(hits[1]?.excerpt).toMatch(/^….*the Walrus sleeps.*…$/);
  expect(downTo).toBe(0);
});

test.each([
  ['a quote', 'he said "no"'],
  ['a backslash', 'C:\\temp'],
  ['signs that SQL has a meaning for', '100%_sure!'],
  ['letters with marks', 'Müller'],
  ['an emoji', 'done 🎉 now'],
])('text with %s is found as it is', async (_, text) => {
  const seq = say(`so: ${text}.`);
  say('so: something else, 100x sure, M?ller');
  expect(await found(text)).toEqual([seq]);
});

test('inputs of tools, results, paths, diffs and reasons are texts; names of fields and kinds are not', async () => {
  const call = add('turn.tool_call', { turn: 7, id: 'a', tool: 'Bash', input: '{"command":"echo \\"walrus\\""}' });
  const result = add('turn.tool_result', { turn: 7, id: 'a', ok: true, text: 'walrus', truncated: false });
  const change = add('turn.file_change', { turn: 7, id: 'b', path: '/walrus.ts', diff: '+seal' });
  const list = add('turn.todos', { turn: 7, id: 'c', items: [{ text: 'feed the walrus', state: 'done' }] });
  const end = add('turn.finished', { turn: 7, text: '', reason: 'a walrus came', outcome: 'failed' });
  expect(await found('walrus')).toEqual([end, list, change, result, call]);
  expect(await found('echo "walrus"')).toEqual([call]);
  expect(await found('+seal')).toEqual([change]);
  for (const name of ['truncated', 'turn.text', 'outcome']) expect(await found(name)).toEqual([]);
});

test('a page of hits is continued where it ended', async () => {
  const seqs = Array.from({ length: 5 }, (_, n) => say(`walrus ${n}`)).reverse();
  const first = await search('walrus', { limit: 2 });
  const rest = await search('walrus', { before: first.downTo });
  expect([...first.hits, ...rest.hits].map(({ seq }) => seq)).toEqual(seqs);
});

test('a search through a long log comes back before its end, and other work is done meanwhile', async () => {
  hive.db.transaction(() => {
    for (let n = 0; n < 20_500; n += 1) say(`line ${n}`);
  })();
  let steps = 0;
  const count = () => {
    steps += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  const { hits, downTo } = await search('line 1');
  clearImmediate(next);
  expect(hits).toHaveLength(50);
  const nothing = await search('walrus');
  expect([nothing.hits, nothing.downTo > 0, downTo > nothing.downTo]).toEqual([[], true, true]);
  expect(steps).toBeGreaterThan(1);
  expect(await search('line 7', { before: nothing.downTo })).toMatchObject({ downTo: 0 });
});

// Vulnerability: an agent whose events are as large as they may be keeps hived's thread while they are searched.
test('a search of large events leaves the thread to others after a few of them', async () => {
  for (let n = 0; n < 60; n += 1) say(`walrus ${n}`);
  let time = 0;
  let others = 0;
  const count = () => {
    others += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  const ask = { agent: scout, query: 'walrus', before: END, limit: 100 };
  const { hits } = await searchTranscript(hive.db, ask, () => (time += 80));
  clearImmediate(next);
  expect(hits).toHaveLength(60);
  // 50 events, then 5, then one at a time.
  expect(others).toBeGreaterThanOrEqual(6);
});

// Vulnerability: an agent makes each search of its transcript fail.
test('the input of a tool may be nested as deeply as its size allows', async () => {
  const deep = `${'['.repeat(25_000)}"walrus"${']'.repeat(25_000)}`;
  const seq = add('turn.tool_call', { turn: 7, id: 'a', tool: 'Bash', input: deep });
  expect(await found('walrus')).toEqual([seq]);
});

test('a turn’s place is found by an index', () => {
  const seq = add('turn.started', { turn: 12, messages: [3], redelivered: [] });
  add('turn.started', { turn: 12, messages: [3], redelivered: [] }, 'coder');
  expect([startOfTurn(hive.db, scout, 12), startOfTurn(hive.db, scout, 13)]).toEqual([seq, null]);
  const plan = hive.db
    .prepare(
      `EXPLAIN QUERY PLAN SELECT seq FROM events WHERE agent = 'scout' AND kind = 'turn.started'
       AND CAST(json_extract(data, '$.turn') AS INTEGER) = 12 ORDER BY seq LIMIT 1`,
    )
    .all() as { detail: string }[];
  expect(plan[0]?.detail).toContain('events_turns');
});
