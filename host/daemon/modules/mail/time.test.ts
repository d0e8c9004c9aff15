import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { createHarnessWatch } from '../turns/harness-watch.ts';
import { judgeTime, type TimePassed } from '../../core/judge-time.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';
import { createAgentMemory } from '../../core/agent-memory.ts';
import { runDueWork } from '../../core/due-work.ts';

const HOUR = 3_600_000;
const scout = 'scout' as AgentName;

test.each([
  [{ wall: 1_000, steady: 1_000 }, { kind: 'as_usual' }],
  [{ wall: 1_900, steady: 1_000 }, { kind: 'as_usual' }],
  [
    { wall: 1_000 + HOUR, steady: 1_000 },
    { kind: 'jumped', byMs: HOUR },
  ],
  [
    { wall: 1_000 - HOUR, steady: 1_000 },
    { kind: 'jumped', byMs: -HOUR },
  ],
  [
    { wall: HOUR, steady: HOUR },
    { kind: 'stalled', forMs: HOUR },
  ],
])('the passing of time by both clocks: %o', (now, expected) => {
  expect(judgeTime({ wall: 0, steady: 0 }, now, 1_000)).toEqual(expected);
});

test('an agent is not counted as silent while hived did not listen', () => {
  let now = 0;
  const harnesses = createHarnessWatch(() => now, createAgentMemory());
  harnesses.seen(scout);
  now = 100_000;
  expect(harnesses.silentMs(scout)).toBe(100_000);
  harnesses.listenAnew();
  now += 5;
  expect(harnesses.silentMs(scout)).toBe(5);
  expect(harnesses.silentMs('manager' as AgentName)).toBe(5);
});

describe('leases', () => {
  let hive: TestHive;
  beforeEach(() => {
    hive = openTestHive();
  });
  afterEach(() => hive.close());

  async function turnOf(name: string) {
    const harness = await hive.boot(name);
    const sent = await hive.broker.send('operator', { to: name as AgentName, body: 'work' });
    const turn = (await harness.wake())!;
    const beat = () =>
      hive.broker.heartbeat(name as AgentName, {
        bootId: harness.bootId,
        turn: turn.turn,
        fence: turn.fence,
        status: { state: 'working', reason: null, until: null },
        rssBytes: null,
        cliRssBytes: null,
      });
    return { harness, turn, sent, beat };
  }

  /** Runs due work with the test's clocks until it reports the first time jump. */
  async function sweepThrough(change: (clocks: { steady: number }) => void): Promise<TimePassed[]> {
    const clocks = { steady: 0 };
    const over = new AbortController();
    const met: TimePassed[] = [];
    const rounds: string[] = [];
    const sweeping = runDueWork(
      {
        ...hive,
        steady: () => clocks.steady,
        onRound: () => void rounds.push(met.length === 0 ? 'too early' : 'after'),
        onBrokenTime: (how) => met.push(how),
        onError: (error) => expect.unreachable(String(error)),
      },
      over.signal,
    );
    change(clocks);
    await expect.poll(() => met.length, { interval: 10 }).toBe(1);
    over.abort();
    await sweeping;
    expect(rounds).not.toContain('too early');
    return met;
  }

  test.each([
    ['an hour ahead', HOUR],
    ['an hour back', -HOUR],
  ])('a clock that is set %s ends no turn, and every lease is a full one again', async (_name, byMs) => {
    const { harness, turn, sent, beat } = await turnOf('scout');
    expect(await sweepThrough(() => (hive.time.now += byMs))).toEqual([{ kind: 'jumped', byMs }]);
    expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'leased', turn: turn.turn }]);
    expect(await beat()).toEqual({ turnIsYours: true, interrupt: false });
    hive.time.now += 60_001;
    await hive.turns.expireLeases(hive.time.now);
    await expect(harness.finish(turn, 'done')).rejects.toMatchObject({ code: 'stale_fence' });
  });

  test('after hived did not run for an hour it revokes no turn', async () => {
    const { harness, turn } = await turnOf('scout');
    const met = await sweepThrough((clocks) => {
      hive.time.now += HOUR;
      clocks.steady += HOUR;
    });
    expect(met).toEqual([{ kind: 'stalled', forMs: HOUR }]);
    await harness.finish(turn, 'done');
  });

  test('after a disk that refused lease renewals recovers, no agent loses its turn', async () => {
    const { harness, turn, beat } = await turnOf('scout');
    hive.db.pragma('query_only = ON');
    await expect(beat()).rejects.toMatchObject({ code: 'storage_unavailable' });
    hive.time.now += HOUR;
    await expect(hive.turns.expireLeases(hive.time.now)).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    hive.db.pragma('query_only = OFF');
    await hive.turns.expireLeases(hive.time.now);
    await harness.finish(turn, 'done');
  });

  test('a destroyed agent’s harness gets an error and leaves no rows', async () => {
    hive.db.prepare("DELETE FROM agents WHERE name = 'scout'").run();
    await expect(hive.boot('scout')).rejects.toMatchObject({ code: 'unknown_agent' });
    expect(hive.heard).toEqual([]);
    expect(hive.harnesses.get(scout)).toBeNull();
  });
});
