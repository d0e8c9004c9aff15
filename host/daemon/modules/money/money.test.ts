import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import type { BudgetScope } from '../../../../protocol/schemas/budget.ts';
import type { BilledDay } from '../../../../protocol/schemas/bill.ts';
import type { UsageRecord } from '../../../../protocol/schemas/service.ts';
import { retireAgent } from '../../core/retire-agent.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { deleteAgent } from '../agents/store/agents.ts';
import { parsePrices, shippedPrices } from '../../config/parse-prices.ts';
import { createProviderList } from '../providers/provider-list.ts';
import { createKnownLimits } from '../providers/known-limits.ts';
import { handleUsage } from '../providers/usage-handlers.ts';
import { handleMoney } from './handlers.ts';
import type { ProviderName } from '../../../../protocol/providers.ts';

const ANTHROPIC = 'anthropic' as ProviderName;

const INSTANCE = randomUUID();
const CALL = { caller: 'gateway' as const, lastEventId: null, signal: new AbortController().signal };
const BY = { caller: 'hivectl' as const, lastEventId: null, signal: CALL.signal };

let hive: TestHive;
let calls: number;
beforeEach(() => {
  hive = openTestHive();
  calls = 0;
});
afterEach(() => hive.close());

const gateway = () =>
  handleUsage({
    ...hive,
    providers: {
      hear: async () => undefined,
      hearCall: () => undefined,
      hearKeyLimit: () => undefined,
      hearLimit: async () => undefined,
    },
    providerTests: { hear: () => undefined },
    entryStates: { hear: () => undefined },
    gatewayMoments: { hear: () => undefined },
    limits: createKnownLimits(hive.memory),
  });
const LAB = 'lab' as ProviderName;
/** What the provider says next, and the questions that it was asked. */
let billed: BilledDay[] = [];
let questions: unknown[] = [];
const bills = {
  ask: (question: unknown) => {
    questions.push(question);
    return Promise.resolve(billed);
  },
  hear: () => undefined,
};
/** For what is not about prices. */
const never = (): never => {
  throw new Error('no provider is asked for');
};
const NO_PRICES = {
  bills: { ask: never, hear: never },
  prices: [],
  providerList: { all: () => [], find: () => null, require: () => never() },
  models: new Map(),
};
/** A hive with a compatible provider, prices of its own for it, and a name for one of its models. */
const handlers = () => {
  const providerList = createProviderList(hive.db, {
    [LAB]: { kind: 'openai-compatible', base_url: 'http://127.0.0.1/v1' },
  });
  const own = 'providers: { lab: { source: the invoice, models: { "qwen-*": { input: 0.2, output: 0.6 } } } }';
  const prices = [...shippedPrices(), ...parsePrices(own, { file: 'prices.yaml', origin: 'own' })];
  const models = new Map([['worker', [{ provider: LAB, model: 'qwen-3' }]]]);
  return handleMoney({ ...hive, timeZone: 'UTC', clock: () => hive.time.now, bills, providerList, prices, models });
};
const operator = () => handlers().operator;
const newestLine = () => hive.budgetLines.at(-1);
const kinds = (kind: string) => hive.heard.filter((event) => event.kind === kind);

function record(agent: string, costUsd: number | null, more: Partial<UsageRecord> = {}): UsageRecord {
  const at = hive.time.now;
  calls += 1;
  return {
    id: randomUUID(),
    agent: agent as AgentName,
    provider: ANTHROPIC,
    model: 'claude-sonnet-5',
    startedAt: at,
    endedAt: at,
    status: 200,
    usage: { inputTokens: 100, outputTokens: 20, cacheReadTokens: 5, cacheWriteTokens: 0, costUsd },
    reasoningTokens: 0,
    cacheWrite1hTokens: 0,
    estimated: false,
    counted: null,
    call: calls,
    ...more,
  };
}
const report = (...records: UsageRecord[]) => gateway().reportUsage({ instance: INSTANCE, started: [], records }, CALL);
async function set(
  scope: string,
  amount: number,
  more: { unit?: 'usd' | 'tokens' | 'requests'; per?: 'turn' | 'hour' | 'day' | 'total' } = {},
) {
  const { unit = 'usd', per = 'total' } = more;
  return (await operator().setBudget({ scope: scope as BudgetScope, unit, per, amount }, BY)).budget;
}
const spent = (id: number) => hive.money.list().find((one) => one.id === id)?.spent;

describe('prices', () => {
  test('are listed for the models that config.yaml names and for those that were called, with their list and source', async () => {
    await report(
      record('coder', 1, { model: 'claude-sonnet-5' }),
      record('coder', null, { provider: LAB, model: 'llama-4' }),
      record('coder', 0, { provider: 'demo', model: 'claude-sonnet-5' }),
    );
    const { models, rows } = operator().listPrices({});
    expect(
      models.map(({ provider, model, row }) => [provider, model, row?.origin ?? null, row?.price.input ?? null]),
    ).toEqual([
      ['anthropic', 'claude-sonnet-5', 'shipped', 2],
      ['lab', 'llama-4', null, null],
      ['lab', 'qwen-3', 'own', 0.2],
    ]);
    expect(rows.find(({ provider }) => provider === 'lab')).toMatchObject({
      models: 'qwen-*',
      source: 'the invoice',
      asOf: null,
    });
    hive.time.now += 32 * 24 * 3_600_000;
    expect(
      operator()
        .listPrices({})
        .models.map(({ model }) => model),
    ).toEqual(['qwen-3']);
  });

  test('say which applies to one model, and refuse one without its provider', () => {
    const one = (model: string) => operator().listPrices({ provider: LAB, model }).models;
    expect(one('qwen-9')).toMatchObject([{ provider: 'lab', model: 'qwen-9', row: { models: 'qwen-*' } }]);
    expect(one('gpt-6-luna')).toEqual([{ provider: 'lab', model: 'gpt-6-luna', row: null }]);
    expect(() => operator().listPrices({ provider: 'nobody' as ProviderName, model: 'x' })).toThrow(
      /no provider "nobody"/,
    );
    expect(() => operator().listPrices({ model: 'x' })).toThrow(/give both, or neither/);
  });
});

describe('reconciling', () => {
  const reconcile = (provider: ProviderName, days: number) =>
    handlers().admin.reconcileCosts({ provider, adminKey: 'sk-ant-admin-0123456789', days });

  test("lays the hive's calls of a provider, by the day in UTC on which they ended, beside its figures", async () => {
    hive.time.now = Date.UTC(2027, 0, 30, 23, 59, 59);
    await report(record('coder', 1), record('coder', 5, { provider: LAB }));
    hive.time.now += 2_000;
    await report(record('coder', 0.5, { estimated: true }));
    questions = [];
    billed = [
      { day: '2027-01-30', model: 'claude-sonnet-5', usd: 1, requests: null, tokens: 125 },
      { day: '2027-01-31', model: 'claude-sonnet-5', usd: 0.1, requests: null, tokens: 25 },
    ];
    const { provider, timeZone, days } = await reconcile(ANTHROPIC, 3);
    expect(questions).toEqual([{ provider, adminKey: 'sk-ant-admin-0123456789', from: Date.UTC(2027, 0, 29) }]);
    expect([provider, timeZone]).toEqual(['anthropic', 'UTC']);
    expect(days).toMatchObject([
      { day: '2027-01-29', counted: { calls: 0 }, differenceUsd: null, why: [] },
      { day: '2027-01-30', counted: { calls: 1, usage: { costUsd: 1 } }, differenceUsd: 0, why: [] },
      {
        day: '2027-01-31',
        counted: { calls: 1, estimatedCalls: 1 },
        differenceUsd: -0.4,
        why: ['not_over', 'estimated'],
      },
    ]);
  });

  test('is refused for a provider without a usage API, and for none', async () => {
    questions = [];
    await expect(reconcile(LAB, 1)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(reconcile('nobody' as ProviderName, 1)).rejects.toMatchObject({ code: 'unknown_provider' });
    expect(questions).toEqual([]);
  });
});

describe('what is used', () => {
  test('counts in every budget about the agent: its own, its role’s, those above it, the hive’s; once for each report', async () => {
    hive.addAgent('junior', 'coder');
    const budgets = await Promise.all(
      ['junior', '@role:JUNIOR', 'subtree:coder', 'subtree:manager', 'hive', 'coder', 'subtree:scout'].map((scope) =>
        set(scope, 10),
      ),
    );
    const one = record('junior', 0.25);
    await report(one);
    await report(one);
    expect(budgets.map(({ id }) => spent(id))).toEqual([0.25, 0.25, 0.25, 0.25, 0.25, 0, 0]);
    expect(newestLine()).toMatchObject({ instance: INSTANCE, upTo: 1 });
  });

  test('of a destroyed child stays with those above it: 1,000 of the parent are 850', async () => {
    const [own, parent] = [
      await set('scout', 400, { unit: 'tokens' }),
      await set('subtree:manager', 1_000, { unit: 'tokens' }),
    ];
    const began = record('scout', null);
    const { id, agent, startedAt } = began;
    const started = [{ id, agent, startedAt, provider: ANTHROPIC, reservedUsd: null, reservedTokens: 0 }];
    await gateway().reportUsage({ instance: INSTANCE, started, records: [] }, CALL);
    await report(
      record('scout', null, {
        usage: { inputTokens: 25, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null },
      }),
    );
    await hive.writer.write((tx) => {
      retireAgent(tx, hive.modules, { name: 'scout' as AgentName, parent: 'manager' as AgentName, reason: 'gone' });
      deleteAgent(tx.db, 'scout' as AgentName, 'manager' as AgentName);
    });
    // Its last call is reported after its end.
    await report(began);
    expect(spent(own.id)).toBeUndefined();
    expect(spent(parent.id)).toBe(150);
  });

  test('begins again with the next hour, and what was used before is history', async () => {
    const { id, until } = await set('hive', 1, { per: 'hour' });
    await report(record('scout', 0.4));
    hive.time.now = until ?? 0;
    expect(hive.money.nextDueAt()).toBe(until);
    await hive.money.fireDue(hive.time.now);
    expect(newestLine()?.budgets).toMatchObject([{ id, window: until, spent: 0 }]);
    expect(hive.money.list()[0]).toMatchObject({ spent: 0, history: [{ spent: 0.4 }] });
    await report(record('scout', 0.1));
    expect(spent(id)).toBe(0.1);
  });

  test('before a budget per day was set counts in its first day; in a budget of the whole time it does not', async () => {
    await report(record('scout', 0.4), record('coder', 0.5));
    expect((await set('scout', 1, { per: 'day' })).spent).toBe(0.4);
    expect((await set('hive', 1, { per: 'day', unit: 'requests' })).spent).toBe(2);
    expect((await set('@role:coder', 1_000, { per: 'day', unit: 'tokens' })).spent).toBe(125);
    expect((await set('scout', 1)).spent).toBe(0);
  });

  test('of a call of which nothing could be counted is what was reserved for it; of one without a price what the list says', async () => {
    const [money, tokens] = [await set('hive', 10), await set('hive', 10_000, { unit: 'tokens' })];
    await report(record('scout', null, { counted: { usd: 0.75, tokens: 0 } }));
    expect(spent(money.id)).toBe(0.75);
    const unknown = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null };
    await report(record('scout', null, { usage: unknown, counted: { usd: 0.5, tokens: 4_000 } }));
    expect([spent(money.id), spent(tokens.id)]).toEqual([1.25, 4_125]);
  });
});

test('an agent is told what is left of the budgets that count its calls, and when they begin again', async () => {
  await set('scout', 2, { per: 'day' });
  await set('hive', 1_000, { unit: 'tokens' });
  await set('coder', 5);
  await report(record('scout', 0.5), record('scout', 9));
  const tomorrow = new Date(Math.ceil((hive.time.now + 1) / 86_400_000) * 86_400_000).toISOString();
  expect(hive.money.leftFor('scout' as AgentName)).toEqual([
    { budget: '1,000 tokens in total for the hive', left: '750 tokens', until: null },
    { budget: '$2.00 a day for scout', left: '$0.00', until: tomorrow },
  ]);
});

describe('the operator', () => {
  test('is told once at four fifths and once when all is used, and again after the amount was changed', async () => {
    await set('scout', 1);
    for (const cost of [0.75, 0.1, 0.05, 0.2, 0.1]) await report(record('scout', cost));
    expect([kinds('budget.warned').length, kinds('budget.reached').length]).toEqual([1, 1]);
    const notices = kinds('message.sent').filter(({ data }) => data['to'] === OPERATOR);
    expect(notices.map(({ data }) => data['preview'])).toEqual([
      expect.stringContaining('$0.85 of the budget of $1.00 in total for scout are used'),
      expect.stringContaining('The budget of $1.00 in total for scout is used up: $1.10'),
    ]);
    await set('scout', 2);
    await report(record('scout', 0.5));
    expect(kinds('budget.warned')).toHaveLength(2);
  });

  test('sets one budget for each scope, unit and period; a wrong agent is refused, and nothing stays', async () => {
    const first = await set('scout', 1);
    expect(await set('scout', 3)).toMatchObject({ id: first.id, amount: 3 });
    await set('scout', 3, { unit: 'tokens' });
    await expect(set('subtree:nobody', 1)).rejects.toMatchObject({ code: 'unknown_agent' });
    expect(hive.money.list()).toHaveLength(2);
    expect(await operator().removeBudget({ id: first.id }, BY)).toEqual({ removed: true });
    expect(await operator().removeBudget({ id: first.id }, BY)).toEqual({ removed: false });
    expect(newestLine()?.budgets.map(({ unit }) => unit)).toEqual(['tokens']);
  });

  test('sees costs by agent, model, role and day', async () => {
    await report(record('scout', 0.5), record('coder', 1), record('scout', null, { model: 'm' }));
    const costs = (by: 'agent' | 'model' | 'role' | 'day' | 'provider') => operator().listCosts({ span: 'today', by });
    expect(costs('agent').rows.map(({ key, usage }) => [key, usage.costUsd])).toEqual([
      ['coder', 1],
      ['scout', 0.5],
    ]);
    expect(costs('model').rows.map(({ key }) => key)).toEqual(['claude-sonnet-5', 'm']);
    expect(costs('role').total).toMatchObject({
      calls: 3,
      usage: { costUsd: 1.5, unpricedCalls: 1, inputTokens: 300 },
    });
    expect(costs('day').rows.map(({ key, calls: n }) => [key, n])).toEqual([
      [new Date(hive.time.now).toISOString().slice(0, 10), 3],
    ]);
    hive.time.now += 86_400_000;
    expect(costs('agent')).toMatchObject({ rows: [], total: { calls: 0 } });
  });
});

describe('an agent that a budget stopped', () => {
  const stop = (budget: number, window = 0) =>
    gateway().reportBudgetStop({ agent: 'scout' as AgentName, budget, window, cut: true, at: hive.time.now }, CALL);

  test('hears of it in its turn, waits, and goes on when the budget is raised', async () => {
    const { id } = await set('scout', 1);
    await hive.broker.send('operator', { to: 'scout', body: 'work' });
    const scout = await hive.boot('scout');
    const turn = await scout.wake();
    if (turn === null) throw new Error('no turn');
    await report(record('scout', 1.2));
    await stop(id);
    await stop(id);
    expect(kinds('budget.stopped')).toMatchObject([{ agent: 'scout', data: { id, cut: true, until: null } }]);
    expect(hive.money.stopOf('scout' as AgentName, hive.time.now)).toMatchObject({ until: null, ofTurn: false });
    expect(hive.money.stopOf('scout' as AgentName, hive.time.now + 1)).toBeNull();
    await scout.finish(turn, 'budget', { notBefore: hive.time.now + 900_000, reason: 'used up' });
    expect(await scout.wake()).toBeNull();
    expect(hive.money.list()).toMatchObject([{ stopped: ['scout'] }]);
    await set('scout', 5);
    expect(hive.money.list()).toMatchObject([{ stopped: [] }]);
    expect((await scout.wake())?.deliveries).toMatchObject([{ redelivered: true }]);
  });

  test('by turns by two budgets is in the event log once for each, however often it calls', async () => {
    const [one, two] = [await set('scout', 1), await set('hive', 1)];
    for (let n = 0; n < 20; n += 1) await stop(n % 2 === 0 ? one.id : two.id);
    expect(kinds('budget.stopped').map(({ data }) => data['id'])).toEqual([one.id, two.id]);
  });

  test('goes on with the next window by itself', async () => {
    const { id, from, until } = await set('hive', 1, { per: 'day' });
    await stop(id, from ?? 0);
    const resumed: string[] = [];
    const unpark = hive.turns.unpark;
    hive.turns.unpark = async (name) => void resumed.push(name);
    hive.time.now = until ?? 0;
    await hive.money.fireDue(hive.time.now);
    hive.turns.unpark = unpark;
    expect(resumed).toEqual(['scout']);
  });
});

test('a budget per turn holds for each turn of each agent, and begins with it', async () => {
  const { id } = await set('hive', 1, { per: 'turn' });
  expect(newestLine()?.budgets).toEqual(
    expect.arrayContaining([expect.objectContaining({ id, window: 0, agents: ['scout'] })]),
  );
  await hive.broker.send('operator', { to: 'scout', body: 'work' });
  const scout = await hive.boot('scout');
  const turn = await scout.wake();
  if (turn === null) throw new Error('no turn');
  hive.money.push();
  const ofScout = () => newestLine()?.budgets.find(({ agents }) => agents.includes('scout' as AgentName));
  expect(ofScout()).toMatchObject({ id, window: turn.turn, agents: ['scout'], spent: 0 });
  await report(record('scout', 1.5), record('coder', 3));
  expect(ofScout()).toMatchObject({ window: turn.turn, spent: 1.5 });
  expect(kinds('budget.reached')).toEqual([]);
  await scout.finish(turn, 'timed_out', { reason: 'used up' });
  // What the turn left in the box goes on calling: it calls under the budget of the turn.
  hive.time.now += 60_000;
  await report(record('scout', 0.5));
  expect(ofScout()).toMatchObject({ window: turn.turn, spent: 2 });
  await hive.broker.send('operator', { to: 'scout', body: 'more work' });
  const next = await scout.wake();
  hive.money.push();
  expect(ofScout()).toMatchObject({ window: next?.turn, spent: 0 });
});

test('the spend rate counts the calls that ended lately, over the time since then', async () => {
  hive.time.now = Date.UTC(2027, 0, 31, 12, 5);
  await report(record('coder', 1));
  hive.time.now += 60 * 60_000;
  await report(record('coder', 2), record('scout', null));
  const since = Date.UTC(2027, 0, 31, 12, 0);
  expect(hive.money.lately()).toMatchObject({ since, calls: 3, usage: { costUsd: 3, unpricedCalls: 1 } });
  expect(hive.money.lately().usdPerHour).toBeCloseTo(3 / (65 / 60));
  hive.time.now += 10 * 60_000;
  expect(hive.money.lately()).toMatchObject({ since: since + 15 * 60_000, calls: 2 });
});

test('costs of each day by agent are those of the days of the time zone; the sums are those of the list', async () => {
  hive.time.now = Date.UTC(2027, 0, 30, 22, 50);
  await report(record('coder', 1));
  hive.time.now += 20 * 60_000;
  await report(record('coder', 2), record('scout', null));
  const berlin = handleMoney({ ...hive, ...NO_PRICES, timeZone: 'Europe/Berlin', clock: () => hive.time.now }).operator;
  const daily = berlin.listDailyCosts({ days: 3, by: 'agent' });
  expect(daily).toMatchObject({
    timeZone: 'Europe/Berlin',
    days: ['2027-01-29', '2027-01-30', '2027-01-31'],
    rows: [
      { key: 'coder', usd: [0, 1, 2], calls: [0, 1, 1], tokens: [0, 125, 125] },
      { key: 'scout', usd: [0, 0, 0], calls: [0, 0, 1], unpriced: [0, 0, 1] },
    ],
    others: null,
  });
  const [coder] = berlin.listCosts({ span: 'today', by: 'agent' }).rows;
  expect(coder?.usage.costUsd).toBe(daily.rows[0]?.usd[2]);
  expect(berlin.listDailyCosts({ days: 1, by: 'provider' }).rows).toMatchObject([{ key: 'anthropic', usd: [2] }]);
});

test('calls of a time when the clock was wrong count in that time, not in every span and budget until then', async () => {
  const now = hive.time.now;
  hive.time.now += 3 * 365 * 86_400_000;
  await report(record('scout', 5));
  hive.time.now = now;
  await report(record('scout', 1));
  for (const by of ['agent', 'day'] as const)
    expect(operator().listCosts({ span: 'month', by }).total.usage.costUsd).toBe(1);
  expect(operator().listDailyCosts({ days: 2, by: 'agent' }).rows[0]?.usd).toEqual([0, 1]);
  const { budget } = await operator().setBudget({ scope: 'hive', unit: 'usd', per: 'day', amount: 4 }, BY);
  expect(budget.spent).toBe(1);
});
