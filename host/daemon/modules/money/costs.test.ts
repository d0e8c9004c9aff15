import { beforeEach, expect, test } from 'vitest';
import type { TestHive } from '../../testing/open-test-hive.ts';
import { BY, NO_PRICES, withMoney } from '../../testing/with-money.ts';
import { handleMoney } from './handlers.ts';

const money = withMoney();
const { operator, record, report } = money;
let hive: TestHive;
beforeEach(() => {
  hive = money.current();
});

test('the operator sees costs by agent, model, role and day', async () => {
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

test('a call counts for the projects that its agent was in when it began, several as one sum', async () => {
  const joinProjects = (agent: string, projects: object) =>
    hive.db
      .prepare("UPDATE agents SET spec = json_set(spec, '$.projects', json(?)) WHERE name = ?")
      .run(JSON.stringify(projects), agent);
  await report(record('scout', 1));
  joinProjects('scout', { web: 'write' });
  joinProjects('coder', { web: 'read', docs: 'merge' });
  await report(record('scout', 2), record('coder', 4));
  await report(record('scout', 8), record('nobody', 16));
  const { rows, total } = operator().listCosts({ span: 'today', by: 'project' });
  expect(rows.map(({ key, usage }) => [key, usage.costUsd])).toEqual([
    ['', 17],
    ['web', 10],
    ['docs+web', 4],
  ]);
  expect(total.usage.costUsd).toBe(31);
  const daily = operator().listDailyCosts({ days: 1, by: 'project' });
  expect(daily.rows.map(({ key, usd }) => [key, usd])).toEqual([
    ['', [17]],
    ['web', [10]],
    ['docs+web', [4]],
  ]);
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
