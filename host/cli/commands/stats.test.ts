import { afterEach, expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import type { StatsSum, TurnStats } from '../../../protocol/schemas/stats.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const SUM: StatsSum = {
  turns: 4,
  done: 3,
  fresh: 1,
  compacted: 1,
  messages: 5,
  waitedMs: 8_000,
  durationMs: 60_000,
  modelMs: 40_000,
  toolsMs: 5_000,
  toolCalls: 9,
  calls: 12,
  unpricedCalls: 0,
  costUsd: 0.5,
  inputTokens: 100,
  cacheReadTokens: 7_500,
  cacheWrite5mTokens: 2_000,
  cacheWrite1hTokens: 400,
  outputTokens: 900,
  reasoningTokens: 300,
};

const { turns: _turns, done: _done, fresh: _fresh, compacted: _compacted, ...figures } = SUM;
const TURN: TurnStats = {
  ...figures,
  turn: 7,
  agent: 'scout' as AgentName,
  driver: 'claude',
  startedAt: 1,
  choice: 'continue',
  reason: 'the cache is warm',
  sessionId: 's',
  endedAt: 2,
  outcome: 'rate_limited',
  contextTokens: 31_000,
  windowTokens: 200_000,
  provider: 'anthropic',
  model: 'm',
  counted: 'gateway',
};

test('sums show turns that are not done, cache hits, and money', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    sumTurnStats: (input) => {
      asked.push(input);
      return { timeZone: 'UTC', days: ['2026-11-28'], rows: [{ key: '2026-11-28', ...SUM }], total: SUM };
    },
  });
  const { out } = await runHivectl(hive.socket, ['stats', 'scout', '--days', '7']);
  expect(out).toContain('2026-11-28');
  expect(out).toContain('4, 1 not done');
  expect(out).toContain('75%');
  expect(out).toContain('$0.50');
  await runHivectl(hive.socket, ['stats', '--by', 'choice', '--json']);
  expect(asked).toEqual([
    { name: 'scout', by: 'day', days: 7 },
    { by: 'choice', days: 30 },
  ]);
});

test('single turns show the size of the conversation and why they have it; a bad number is refused', async () => {
  hive = await openStandInHive({ listTurnStats: () => ({ turns: [TURN] }) });
  const { out } = await runHivectl(hive.socket, ['stats', '--by', 'turn']);
  for (const text of ['rate limited', '31k of 200k', 'continue: the cache is warm', '12+9'])
    expect(out).toContain(text);
  const refused = await runHivectl(hive.socket, ['stats', '--days', 'many']);
  expect([refused.code, refused.err]).toEqual([64, expect.stringContaining('--days takes a whole number')]);
});
