import { beforeEach, describe, expect, test } from 'vitest';
import type { ProviderName } from '../../../../protocol/providers.ts';
import type { TestHive } from '../../testing/open-test-hive.ts';
import { ANTHROPIC, LAB, withMoney } from '../../testing/with-money.ts';

const money = withMoney();
const { handlers, operator, record, report } = money;
let hive: TestHive;
beforeEach(() => {
  hive = money.current();
});

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
    money.provider.billed = [
      { day: '2027-01-30', model: 'claude-sonnet-5', usd: 1, requests: null, tokens: 125 },
      { day: '2027-01-31', model: 'claude-sonnet-5', usd: 0.1, requests: null, tokens: 25 },
    ];
    const { provider, timeZone, days } = await reconcile(ANTHROPIC, 3);
    expect(money.provider.questions).toEqual([
      { provider, adminKey: 'sk-ant-admin-0123456789', from: Date.UTC(2027, 0, 29) },
    ]);
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
    await expect(reconcile(LAB, 1)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(reconcile('nobody' as ProviderName, 1)).rejects.toMatchObject({ code: 'unknown_provider' });
    expect(money.provider.questions).toEqual([]);
  });
});
