import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { UsageTotals } from '../../../../protocol/schemas/agent.ts';
import { statsSum } from '../../../../protocol/schemas/stats.ts';
import type { ProviderName } from '../../../../protocol/providers.ts';
import type { UsageRecord } from '../../../../protocol/schemas/service.ts';
import { scout } from '../../testing/mail-steps.ts';
import { prunerOf } from '../../testing/list-test-modules.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { statsModule } from './module.ts';
import { addCallToTurn, findTurnStats } from './queries.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const module = () => {
  const { db, writer, clock } = hive;
  const retention = { stats_days: 90 } as Parameters<typeof statsModule>[0]['retention'];
  return statsModule({ db, writer, clock, timeZone: 'UTC', retention });
};
const sumsBy = (by: 'day' | 'agent' | 'outcome' | 'choice' | 'model', days = 30) =>
  module().handlers.operator.sumTurnStats({ by, days });
let steady = 0;
const tidy = () => module().tidy({ now: hive.time.now, steady: (steady += HOUR) });

function callOf(more: Partial<UsageRecord> = {}, usage: Partial<UsageRecord['usage']> = {}): UsageRecord {
  return {
    id: randomUUID(),
    agent: scout,
    provider: 'anthropic' as ProviderName,
    model: 'claude-sonnet-5',
    startedAt: hive.time.now,
    endedAt: hive.time.now + 1_500,
    status: 200,
    usage: {
      inputTokens: 10,
      outputTokens: 20,
      cacheReadTokens: 3_000,
      cacheWriteTokens: 500,
      costUsd: 0.25,
      ...usage,
    },
    reasoningTokens: 5,
    cacheWrite1hTokens: 200,
    estimated: false,
    counted: null,
    call: 0,
    ...more,
  };
}
const count = (turn: number, record: UsageRecord) => hive.writer.write((tx) => addCallToTurn(tx.db, turn, record));

async function beginTurn() {
  await hive.broker.send('operator', { to: scout, body: 'work' });
  hive.time.now += 2_000;
  const harness = await hive.boot('scout');
  const turn = await harness.wake();
  if (turn === null) throw new Error('no turn was offered');
  return { turn, harness };
}

test('a turn has its tokens by kind, its times, its size, its outcome, and why it has this conversation', async () => {
  const { turn, harness } = await beginTurn();
  await count(turn.turn, callOf());
  hive.time.now += 10_000;
  await count(turn.turn, callOf({ model: 'claude-haiku-5-5' }, { costUsd: null }));
  await harness.finish(turn, 'done', {
    durationMs: 9_000,
    toolsMs: 4_000,
    toolCalls: 3,
    sessionId: 's1',
    contextTokens: 3_530,
    windowTokens: 200_000,
  });
  expect(findTurnStats(hive.db, turn.turn)).toEqual({
    turn: turn.turn,
    agent: 'scout',
    driver: 'claude',
    startedAt: hive.time.now - 10_000,
    waitedMs: 2_000,
    messages: 1,
    choice: 'fresh',
    reason: 'there is no conversation yet',
    sessionId: 's1',
    endedAt: hive.time.now,
    outcome: 'done',
    durationMs: 9_000,
    modelMs: 3_000,
    toolsMs: 4_000,
    toolCalls: 3,
    contextTokens: 3_530,
    windowTokens: 200_000,
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    counted: 'gateway',
    calls: 2,
    unpricedCalls: 1,
    inputTokens: 20,
    cacheReadTokens: 6_000,
    cacheWrite5mTokens: 600,
    cacheWrite1hTokens: 400,
    outputTokens: 40,
    reasoningTokens: 10,
    costUsd: 0.25,
  });
});

test("without a call that the gateway saw, the CLI's own count holds until one comes", async () => {
  const { turn, harness } = await beginTurn();
  const usage = { inputTokens: 7, outputTokens: 8, cacheReadTokens: 9, cacheWriteTokens: 1, costUsd: 2 };
  await harness.finish(turn, 'done', { usage });
  expect(findTurnStats(hive.db, turn.turn)).toMatchObject({ counted: 'cli', inputTokens: 7, cacheWrite5mTokens: 1 });
  await count(turn.turn, callOf());
  expect(findTurnStats(hive.db, turn.turn)).toMatchObject({
    counted: 'gateway',
    calls: 1,
    inputTokens: 10,
    cacheWrite5mTokens: 300,
    costUsd: 0.25,
    contextTokens: 3_530,
  });
});

test('sums by day contain a turn once, before and after it is added to its day, with calls that are reported late', async () => {
  const { turn, harness } = await beginTurn();
  await count(turn.turn, callOf());
  await harness.finish(turn, 'done', { sessionId: 's1' });
  const before = sumsBy('day');
  expect(before.rows).toMatchObject([{ key: '2027-01-15', turns: 1, done: 1, fresh: 1, calls: 1, outputTokens: 20 }]);
  expect(before.days.at(-1)).toBe('2027-01-15');
  await tidy();
  expect(hive.db.prepare('SELECT COUNT(*) FROM turn_days').pluck().get()).toBe(0);
  hive.time.now += HOUR + 1;
  await tidy();
  await tidy();
  expect(hive.db.prepare('SELECT COUNT(*) FROM turn_days').pluck().get()).toBe(1);
  expect(sumsBy('day').rows).toEqual(before.rows);
  await count(turn.turn, callOf());
  const late = { turns: 1, done: 1, calls: 2, outputTokens: 40, costUsd: 0.5, modelMs: 3_000 };
  expect(sumsBy('day').rows).toMatchObject([{ key: '2027-01-15', ...late }]);
  expect(sumsBy('agent').rows).toMatchObject([{ key: 'scout', ...late }]);
  expect(sumsBy('agent').total).toMatchObject(late);
});

test('single turns go after their time, sums by day stay', async () => {
  const { turn, harness } = await beginTurn();
  await count(turn.turn, callOf());
  await harness.finish(turn, 'done');
  const { turn: lost, harness: other } = await beginTurn();
  await other.finish(lost, 'failed', { reason: 'x' });
  expect(sumsBy('outcome').rows).toMatchObject([
    { key: 'done', turns: 1 },
    { key: 'failed', turns: 1 },
  ]);
  expect(sumsBy('model').rows.map(({ key }) => key)).toEqual(['', 'claude-sonnet-5']);
  expect(sumsBy('choice').rows).toMatchObject([{ key: 'fresh', turns: 2 }]);
  hive.time.now += 91 * DAY;
  const prune = () => prunerOf(hive, { stats_days: 90 }).prune(hive.time.now, 100);
  // What is in no sum yet stays.
  expect((await prune()).deleted).toBe(0);
  await tidy();
  expect((await prune()).deleted).toBe(2);
  expect(sumsBy('choice', 100).rows).toEqual([]);
  expect(sumsBy('day', 100).rows).toMatchObject([{ turns: 2, done: 1, calls: 1 }]);
  expect(sumsBy('day', 30).rows).toEqual([]);
  expect(module().handlers.operator.listTurnStats({ limit: 10 }).turns).toEqual([]);
});

test('the turns of one agent are listed newest first, a page at a time', async () => {
  for (let n = 0; n < 3; n += 1) {
    const { turn, harness } = await beginTurn();
    await harness.finish(turn, 'done');
  }
  const list = (more: object) => module().handlers.operator.listTurnStats({ name: scout, limit: 2, ...more }).turns;
  const first = list({});
  expect(first.map(({ turn }) => turn)).toEqual([3, 2]);
  expect(list({ before: 2 }).map(({ turn }) => turn)).toEqual([1]);
  expect(list({ name: 'coder' })).toEqual([]);
});

test('whatever a box or a gateway reports, sums stay whole numbers, and turns are added to their days', async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const usage: UsageTotals = {
    inputTokens: most,
    outputTokens: most,
    cacheReadTokens: most,
    cacheWriteTokens: most,
    costUsd: Number.MAX_VALUE,
  };
  const figures = { durationMs: most, toolsMs: most, toolCalls: most, contextTokens: most, windowTokens: most };
  for (let n = 0; n < 3; n += 1) {
    const { turn, harness } = await beginTurn();
    hive.time.now += 5_000;
    await harness.finish(turn, 'done', { ...figures, usage });
    expect(findTurnStats(hive.db, turn.turn)).toMatchObject({ durationMs: 5_000, toolsMs: 5_000 });
    if (n === 2) await count(turn.turn, callOf({ reasoningTokens: most, endedAt: most }, usage));
  }
  const checkSums = () => {
    const { rows, total } = sumsBy('day');
    for (const { key: _, ...sum } of rows) statsSum.parse(sum);
    statsSum.parse(total);
    expect(total).toMatchObject({ turns: 3, durationMs: 15_000, toolsMs: 15_000, toolCalls: 3_000_000_000 });
  };
  checkSums();
  hive.time.now += HOUR + 1;
  await tidy();
  checkSums();
});
