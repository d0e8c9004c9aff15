import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { gatewayReportSurface } from '../../../../protocol/operations/services.ts';
import type { UsageTotals } from '../../../../protocol/schemas/agent.ts';
import type { UsageRecord } from '../../../../protocol/schemas/service.ts';
import { prunerOf } from '../../testing/list-test-modules.ts';
import { createKnownLimits } from './known-limits.ts';
import { createGatewayInstances } from '../../core/gateway-instances.ts';
import { recordLostCalls } from './lost-calls.ts';
import { findAgent } from '../agents/store/agents.ts';
import { listTurns } from '../turns/store/turns.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { handleUsage } from './usage-handlers.ts';
import type { ProviderName } from '../../../../protocol/providers.ts';
import { UNHEARD } from '../../testing/unheard-reports.ts';

const ANTHROPIC = 'anthropic' as ProviderName;

const SCOUT = 'scout' as AgentName;
const INSTANCE = randomUUID();
const TOKENS = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0 };

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

function callOf(costUsd: number | null, more: Partial<UsageRecord> = {}): UsageRecord {
  const at = hive.time.now;
  return {
    id: randomUUID(),
    agent: SCOUT,
    provider: ANTHROPIC,
    model: 'claude-sonnet-5',
    startedAt: at,
    endedAt: at + 1,
    status: 200,
    usage: { ...TOKENS, costUsd },
    reasoningTokens: 0,
    cacheWrite1hTokens: 0,
    estimated: false,
    counted: null,
    call: 0,
    ...more,
  };
}

const report = (...records: UsageRecord[]) => tell({ records });
async function tell(told: { instance?: string; started?: UsageRecord[]; records?: UsageRecord[] }) {
  const { instance = INSTANCE, started = [], records = [] } = told;
  const begun = started.map(({ id, agent, startedAt }) => ({
    id,
    agent,
    startedAt,
    provider: ANTHROPIC,
    reservedUsd: null,
    reservedTokens: 0,
  }));
  return handlers().reportUsage({ instance, started: begun, records }, CALL);
}
const CALL = { caller: 'gateway' as const, lastEventId: null, signal: new AbortController().signal };
const handlers = () =>
  handleUsage({
    ...hive,
    ...UNHEARD,
    limits: createKnownLimits(hive.memory),
  });

/** Runs a turn that the harness ends with the CLI's own estimate. */
async function runTurn(estimate: UsageTotals, during: () => Promise<unknown>) {
  await hive.broker.send('operator', { to: SCOUT, body: 'work' });
  const harness = await hive.boot('scout');
  const turn = await harness.wake();
  if (turn === null) throw new Error('no turn was offered');
  await during();
  await harness.finish(turn, 'done', { usage: estimate });
  const finished = hive.heard.findLast((event) => event.kind === 'turn.finished')?.data;
  const [listed] = listTurns(hive.db, { agent: SCOUT, before: 1_000, limit: 1 });
  return { finished, listed: listed?.usage };
}

test('one call without a price does not hide the cost of the others', async () => {
  const { finished, listed } = await runTurn({ ...TOKENS, costUsd: 9 }, () =>
    report(callOf(1.9), callOf(null), callOf(0.1)),
  );
  const known = { inputTokens: 30, costUsd: 2, unpricedCalls: 1 };
  expect(findAgent(hive.db, 'scout')?.usage).toMatchObject(known);
  expect(listed).toMatchObject(known);
  expect(finished).toMatchObject({ usage: known, counted: 'gateway' });
});

test("a turn in a mode without a known price is unpriced everywhere, whatever the CLI's table says", async () => {
  const { finished, listed } = await runTurn({ ...TOKENS, costUsd: 0.3 }, () => report(callOf(null)));
  const none = { costUsd: 0, unpricedCalls: 1 };
  expect([findAgent(hive.db, 'scout')?.usage, listed]).toMatchObject([none, none]);
  expect(finished).toMatchObject({ usage: none, counted: 'gateway' });
});

test("where the gateway counted nothing, the CLI's estimate is shown as such", async () => {
  const { finished } = await runTurn({ ...TOKENS, costUsd: null }, async () => undefined);
  // The test hive is answered by the demo model, which costs nothing.
  expect(finished).toMatchObject({ usage: { inputTokens: 10, costUsd: 0, unpricedCalls: 0 }, counted: 'cli' });
});

test('a resent record counts once', async () => {
  const record = callOf(1);
  expect([await report(record), await report(record)]).toEqual([{ stored: 1 }, { stored: 0 }]);
  expect(findAgent(hive.db, 'scout')?.usage.costUsd).toBe(1);
});

// A gateway of the previous build sends neither its id nor the starts of calls, and reports costs while it drains.
test('a report of a gateway of an older build is accepted', async () => {
  const { input } = gatewayReportSurface.reportUsage;
  const { instance, started } = input.parse({ records: [callOf(1)] });
  expect([instance, started]).toEqual([undefined, []]);
  await handlers().reportUsage(input.parse({ records: [callOf(1)] }), CALL);
  expect(findAgent(hive.db, 'scout')?.usage.costUsd).toBe(1);
});

const openInstances = (more: { onError: (error: unknown) => void; drainedMs?: number; everyMs?: number }) =>
  createGatewayInstances({ ...hive, work: [recordLostCalls(hive)], ...more });
const never = () => {
  throw new Error('nothing goes wrong here');
};
const lost = () => hive.heard.filter((event) => event.kind === 'usage.recorded' && event.data.lost);

test('a call whose gateway died has no known price, in its turn, its agent and the log; a finished one is counted once', async () => {
  const calls = openInstances({ onError: never });
  const instance = calls.begin();
  const [ended, open, later] = [callOf(1.5), callOf(0), callOf(0)];
  const { listed } = await runTurn({ ...TOKENS, costUsd: 0.3 }, async () => {
    await tell({ instance, started: [ended, open] });
    await tell({ instance, records: [ended] });
    // Resent, as if the answer had been lost.
    await tell({ instance, started: [ended] });
    calls.end();
    await hive.writer.write(() => undefined);
  });
  const known = { costUsd: 1.5, unpricedCalls: 1 };
  expect([listed, findAgent(hive.db, 'scout')?.usage]).toMatchObject([known, known]);
  expect(lost()).toMatchObject([
    { agent: 'scout', data: { provider: 'anthropic', status: 0, usage: { costUsd: null } } },
  ]);
  // The next gateway's calls are its own, and a supervisor that did not report its end must not make any be
  // forgotten.
  const next = calls.begin();
  await tell({ instance: next, started: [later] });
  calls.begin();
  await hive.writer.write(() => undefined);
  expect(lost()).toHaveLength(2);
});

test('calls of an earlier hived’s gateway are counted once it is certainly gone; its own late reports are not lost', async () => {
  const [home, left] = [callOf(1), callOf(0)];
  await tell({ instance: randomUUID(), started: [home, left] });
  await report(home);
  const calls = openInstances({ onError: never, drainedMs: 1 });
  const instance = calls.begin();
  await tell({ instance, started: [callOf(0)] });
  expect(lost()).toEqual([]);
  const stop = new AbortController();
  const counting = calls.closeLeft(stop.signal);
  await expect.poll(() => lost().length).toBe(1);
  stop.abort();
  await counting;
  expect(findAgent(hive.db, 'scout')?.usage).toMatchObject({ costUsd: 1, unpricedCalls: 1 });
});

test('calls that the disk did not accept are counted at the next start of a gateway, or later', async () => {
  const errors: unknown[] = [];
  const calls = openInstances({ onError: (error) => errors.push(error), drainedMs: 1, everyMs: 1 });
  const left = callOf(0);
  await tell({ instance: randomUUID(), started: [left] });
  const loseOne = async () => {
    const instance = calls.begin();
    await tell({ instance, started: [callOf(0)] });
    const before = errors.length;
    // SQLite now refuses writes.
    hive.db.pragma('query_only = on');
    calls.end();
    await expect.poll(() => errors.length).toBeGreaterThan(before);
    hive.db.pragma('query_only = off');
  };
  await loseOne();
  expect(lost()).toHaveLength(0);
  calls.begin();
  // A gateway of an earlier hived may still deliver its reports.
  await expect.poll(() => lost().length).toBe(1);
  await loseOne();
  const stop = new AbortController();
  const counting = calls.closeLeft(stop.signal);
  await expect.poll(() => lost().length).toBe(3);
  stop.abort();
  await counting;
});

test('a call whose start is reported after the end of its gateway is lost too', async () => {
  const calls = openInstances({ onError: never, drainedMs: 1, everyMs: 1 });
  const instance = calls.begin();
  calls.end();
  const stop = new AbortController();
  const counting = calls.closeLeft(stop.signal);
  for (const times of [1, 2]) {
    await tell({ instance, started: [callOf(0)] });
    await expect.poll(() => lost().length).toBe(times);
  }
  stop.abort();
  await counting;
});

test('single calls are deleted by age; sums of turn and agent stay', async () => {
  const DAY = 86_400_000;
  const rules = { messages_days: 0, notices_days: 0, transcript_days: 0, events_days: 30 };
  const { listed: before } = await runTurn({ ...TOKENS, costUsd: 9 }, () =>
    report(callOf(1.9), callOf(null), callOf(0.1), callOf(0, { agent: 'coder' as AgentName })),
  );
  const agent = findAgent(hive.db, 'scout')?.usage;
  const rows = () => hive.db.prepare('SELECT COUNT(*) FROM model_calls').pluck().get();
  const usage = () => listTurns(hive.db, { agent: SCOUT, before: 1_000, limit: 1 })[0]?.usage;
  const pruner = prunerOf(hive, rules);
  hive.time.now += 29 * DAY;
  await pruner.prune(hive.time.now, 100);
  expect(rows()).toBe(4);
  // One call of the turn is younger than the others.
  hive.db.prepare('UPDATE model_calls SET ended_at = ? WHERE cost_usd = 0.1').run(hive.time.now);
  hive.time.now += 2 * DAY;
  await pruner.prune(hive.time.now, 100);
  expect(rows()).toBe(1);
  expect(usage()).toEqual(before);
  hive.time.now += 60 * DAY;
  await pruner.prune(hive.time.now, 100);
  expect(rows()).toBe(0);
  expect(usage()).toEqual(before);
  expect(findAgent(hive.db, 'scout')?.usage).toEqual(agent);
});

test('a reported limit of an agent that is gone is not kept', async () => {
  const report = {
    provider: ANTHROPIC,
    modelClass: null,
    kind: 'rate',
    until: 9_000,
    key: null,
    isOfKeyOnly: false,
    at: 1_000,
  } as const;
  await handlers().reportLimit({ ...report, agent: 'nobody' as AgentName }, CALL);
  expect(hive.memory.heldOf('nobody')).toEqual([]);
  await handlers().reportLimit({ ...report, agent: SCOUT }, CALL);
  expect(hive.memory.heldOf(SCOUT)).toEqual(['provider limit']);
});
