import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProviderName } from '../../../protocol/providers.ts';
import { type MockProvider, startMockProvider } from '../fixtures/mock-provider.ts';
import { priceOf } from '../fixtures/prices.ts';
import { MANAGER, messages, runGateway, type RunningGateway, SCOUT } from '../fixtures/run-gateway.ts';

/**
 * Vulnerability: a request chooses what it costs (a faster tier, a tool that the provider charges for, another model).
 * Scenario: a box under a budget in dollars asks for the dear one, which the budget counts at the list's price. Verified:
 * it is priced as it was served, or refused in the provider's own format; and an agent's list of models holds for all of
 * the models that a request names.
 */
const OPENAI = 'openai' as ProviderName;
const SONNET = 'claude-sonnet-4-5';
const PRICES = [
  priceOf('anthropic', SONNET, { input: 3, output: 15, tiers: { fast: 2, us: 1.1 }, webSearches: 10 }),
  priceOf('anthropic', 'claude-opus-4-5', { input: 5, output: 25 }),
  priceOf('openai', 'gpt-5-mini', { input: 1, output: 10 }),
];

let upstream: MockProvider;
let hive: RunningGateway;
beforeEach(async () => {
  upstream = await startMockProvider([]);
  hive = await runGateway({ baseUrl: upstream.url, key: 'sk-a-key', prices: PRICES, scoutsProvider: OPENAI });
});
afterEach(async () => {
  await hive.stop();
  await upstream.close();
});

/** The Anthropic API answers with this usage: a million tokens of input, by themselves 3 dollars. */
function answerWith(usage: object, more: object = {}): void {
  const body = { type: 'message', model: SONNET, content: [], usage: { input_tokens: 1_000_000, output_tokens: 0, ...usage }, ...more }; // prettier-ignore
  upstream.answer = (response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function holdBudget(unit: 'usd' | 'tokens' = 'usd'): Promise<void> {
  const budget = { id: 7, window: 0, agents: [SCOUT, MANAGER], unit, spent: 0, words: 'It is used up.' };
  const amount = unit === 'usd' ? 100 : 1_000_000_000;
  await hive.gateway.apply({ type: 'budgets', instance: '', upTo: 0, budgets: [{ ...budget, amount }] });
}

const ask = (rest: Record<string, unknown>) =>
  hive.ask(MANAGER, { body: messages('hi', { stream: false, max_tokens: 10, ...rest }) });

async function costOf(rest: Record<string, unknown>) {
  await (await ask(rest)).body.dump();
  await vi.waitFor(() => expect(hive.records()).toHaveLength(1));
  return hive.records()[0];
}

describe('a tier', () => {
  test.each<[string, Record<string, unknown>, object, number | null, number | null]>([
    ['with a price is counted with it', { speed: 'fast' }, { speed: 'fast' }, 6, null],
    ['that was not granted is not', { speed: 'fast' }, { speed: 'standard' }, 3, null],
    ['beside another one is multiplied', { speed: 'fast', inference_geo: 'us' }, { speed: 'fast', inference_geo: 'us' }, 6.6, null],
    ["that the account's settings chose counts without being asked for", {}, { inference_geo: 'us' }, 3.3, null],
    ['that the answer does not name counts as asked for, and its cost is not known', { speed: 'fast' }, {}, null, 6],
    ['without a price that nobody asked for counts as the dearest of the list, and its cost is not known', {}, { service_tier: 'priority' }, null, 6],
  ])('%s', async (...[, asked, usage, cost, counted]) => {
    await holdBudget();
    answerWith(usage);
    const record = await costOf(asked);
    expect(record?.usage.costUsd === null ? null : Number(record?.usage.costUsd.toFixed(9))).toBe(cost);
    expect(record?.counted).toEqual(counted === null ? null : { usd: counted, tokens: 0 });
  }); // prettier-ignore

  test('with a price is reserved with it, before it is answered', async () => {
    await holdBudget();
    answerWith({});
    const reserved = async (rest: object) => {
      const before = hive.around.started.length;
      await (await ask({ max_tokens: 1_000_000, ...rest })).body.dump();
      await vi.waitFor(() => expect(hive.around.started).toHaveLength(before + 1));
      return hive.around.started[before]?.reservedUsd ?? 0;
    };
    const usual = await reserved({});
    expect(await reserved({ speed: 'fast' })).toBeGreaterThan(usual * 1.9);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['without a price', { service_tier: 'priority' }, /No price is known for the tier "priority" of this model/],
    ['without a price in another spelling', { Service_Tier: 'PRIORITY' }, /tier "priority"/],
    ['of tomorrow', { speed: 'ludicrous' }, /tier "ludicrous"/],
    ['without a price for its model', { model: 'claude-opus-4-5', speed: 'fast' }, /tier "fast" of this model/],
    ['and a tool that is charged for by the hour', { tools: [{ type: 'code_execution_20250825' }] }, /code_execution_20250825" is charged/],
    ['and an advisor without a price', { tools: [{ type: 'advisor_20260301', model: 'claude-next' }] }, /"claude-next", whose price is not known/],
    ['and what cannot be read', { models: [7] }, /cannot be read/],
    ['and searches without a price', { model: 'claude-opus-4-5', tools: [{ type: 'web_search_20250305' }] }, /No price is known for searches/],
  ])('%s is refused under a budget in dollars, and under no other', async (_, rest, words) => {
    answerWith({});
    expect((await ask(rest)).statusCode).toBe(200);
    await holdBudget('tokens');
    expect((await ask(rest)).statusCode).toBe(200);
    await holdBudget();
    const refused = await ask(rest);
    expect([refused.statusCode, refused.headers['x-should-retry']]).toEqual([400, 'false']);
    expect(await refused.body.json()).toEqual({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringMatching(words) as string },
    });
    // The agent goes on: no budget is used up.
    expect(hive.around.budgetStops).toEqual([]);
    expect(upstream.seen).toHaveLength(2);
  }); // prettier-ignore

  test('is refused in the format of another protocol, too, and on each of its routes', async () => {
    await holdBudget();
    for (const path of ['/v1/chat/completions', '/v1/responses']) {
      const body = JSON.stringify({ model: 'gpt-5-mini', messages: [], input: 'hi', service_tier: 'priority' });
      const refused = await hive.ask(SCOUT, { path, body });
      expect(refused.statusCode).toBe(400);
      expect(await refused.body.json()).toMatchObject({ error: { message: expect.stringContaining('"priority"') } });
    }
    expect(upstream.seen).toEqual([]);
  });
});

test('what other models used for an answer is counted at their prices, and a summary at that of its own', async () => {
  await holdBudget();
  const tokens = { input_tokens: 1_000_000, output_tokens: 0 };
  answerWith({
    iterations: [
      { type: 'message', ...tokens },
      { type: 'compaction', ...tokens },
      { type: 'advisor_message', model: 'claude-opus-4-5', ...tokens },
      { type: 'message', input_tokens: 500_000, output_tokens: 0 },
    ],
  });
  const record = await costOf({ tools: [{ type: 'advisor_20260301', model: 'claude-opus-4-5' }] });
  // 1.5 million and the summary's million at 3 dollars, the advisor's at 5.
  expect(record?.usage).toMatchObject({ inputTokens: 3_500_000, costUsd: 12.5 });
});

test('searches of the Responses API are paid one by one', async () => {
  await hive.stop();
  const prices = [priceOf('openai', 'gpt-5-mini', { input: 1, output: 10, webSearches: 10 })];
  hive = await runGateway({ baseUrl: upstream.url, key: 'sk-a-key', prices, scoutsProvider: OPENAI });
  await holdBudget();
  const call = (type?: string) => ({ type: 'web_search_call', action: type === undefined ? undefined : { type } });
  const body = { object: 'response', model: 'gpt-5-mini', status: 'completed', usage: { input_tokens: 0, output_tokens: 0 }, output: [call('search'), call('open_page'), call(), { type: 'message' }] }; // prettier-ignore
  upstream.answer = (response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const asked = JSON.stringify({ model: 'gpt-5-mini', input: 'hi', tools: [{ type: 'web_search' }] });
  await (await hive.ask(SCOUT, { path: '/v1/responses', body: asked })).body.dump();
  await vi.waitFor(() => expect(hive.records()).toHaveLength(1));
  expect(hive.records()[0]?.usage.costUsd).toBe(0.02);
});

test("an agent's list of models holds for every model that a request names", async () => {
  await hive.stop();
  const models = { allowed: [SONNET], entries: [] };
  hive = await runGateway({ baseUrl: upstream.url, key: 'sk-a-key', withModels: { agents: [MANAGER], models } });
  answerWith({});
  const statusOf = async (rest: Record<string, unknown>) => (await ask(rest)).statusCode;
  expect(await statusOf({ tools: [{ type: 'advisor_20260301', model: SONNET }] })).toBe(200);
  for (const rest of [
    { tools: [{ type: 'advisor_20260301', model: 'claude-opus-4-5' }] },
    { fallbacks: [{ model: 'claude-opus-4-5' }] },
    { fallbacks: 'default' },
    { models: ['claude-opus-4-5', SONNET] },
    { models: [{ id: 'claude-opus-4-5' }] },
  ])
    expect(await statusOf(rest)).toBe(400);
  const refused = await ask({ fallbacks: [{ model: 'claude-opus-4-5' }] });
  expect(await refused.body.json()).toMatchObject({
    error: { message: expect.stringMatching(/another model beside its own, "claude-opus-4-5".*may not use/) },
  });
  expect(upstream.seen).toHaveLength(1);
});
