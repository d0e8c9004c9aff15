import { beforeEach, describe, expect, test } from 'vitest';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import { retireAgent } from '../../core/retire-agent.ts';
import type { TestHive } from '../../testing/open-test-hive.ts';
import { ANTHROPIC, CALL, BY, INSTANCE, withMoney } from '../../testing/with-money.ts';
import { deleteAgent } from '../agents/store/agents.ts';

const money = withMoney();
const { gateway, operator, record, report, set, spent, newestLine, kinds } = money;
let hive: TestHive;
beforeEach(() => {
  hive = money.current();
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
