import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import type { ProviderName } from '../../../protocol/providers.ts';
import type { BilledDay } from '../../../protocol/schemas/bill.ts';
import type { BudgetScope } from '../../../protocol/schemas/budget.ts';
import type { UsageRecord } from '../../../protocol/schemas/service.ts';
import { parsePrices, shippedPrices } from '../config/parse-prices.ts';
import { handleMoney } from '../modules/money/handlers.ts';
import { createKnownLimits } from '../modules/providers/known-limits.ts';
import { createProviderList } from '../modules/providers/provider-list.ts';
import { handleUsage } from '../modules/providers/usage-handlers.ts';
import { openTestHive, type TestHive } from './open-test-hive.ts';
import { UNHEARD } from './unheard-reports.ts';

export const ANTHROPIC = 'anthropic' as ProviderName;
/** A compatible provider with prices of its own. */
export const LAB = 'lab' as ProviderName;
export const CALL = { caller: 'gateway' as const, lastEventId: null, signal: new AbortController().signal };
export const BY = { caller: 'hivectl' as const, lastEventId: null, signal: CALL.signal };
export const INSTANCE = randomUUID();

/** For what is not about prices. */
const never = (): never => {
  throw new Error('no provider is asked for');
};
export const NO_PRICES = {
  bills: { ask: never, hear: never },
  prices: [],
  providerList: { all: () => [], find: () => null, require: () => never() },
  models: new Map(),
};

/** Registers the hooks that open a hive for each test of what calls cost and of budgets. */
export function withMoney() {
  let hive: TestHive;
  let calls = 0;
  /** What the provider says next of its own figures, and the questions that it was asked. */
  const provider: { billed: BilledDay[]; questions: unknown[] } = { billed: [], questions: [] };
  beforeEach(() => {
    hive = openTestHive();
    calls = 0;
    provider.billed = [];
    provider.questions = [];
  });
  afterEach(() => hive.close());

  const gateway = () =>
    handleUsage({
      ...hive,
      ...UNHEARD,
      limits: createKnownLimits(hive.memory),
    });
  const bills = {
    ask: (question: unknown) => {
      provider.questions.push(question);
      return Promise.resolve(provider.billed);
    },
    hear: () => undefined,
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

  return {
    /** The hive of the present test. */
    current: () => hive,
    provider,
    gateway,
    handlers,
    operator,
    record,
    report: (...records: UsageRecord[]) => gateway().reportUsage({ instance: INSTANCE, started: [], records }, CALL),
    async set(
      scope: string,
      amount: number,
      more: { unit?: 'usd' | 'tokens' | 'requests'; per?: 'turn' | 'hour' | 'day' | 'total' } = {},
    ) {
      const { unit = 'usd', per = 'total' } = more;
      return (await operator().setBudget({ scope: scope as BudgetScope, unit, per, amount }, BY)).budget;
    },
    spent: (id: number) => hive.money.list().find((one) => one.id === id)?.spent,
    newestLine: () => hive.budgetLines.at(-1),
    kinds: (kind: string) => hive.heard.filter((event) => event.kind === kind),
  };
}
