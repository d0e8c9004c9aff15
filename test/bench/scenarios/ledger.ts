import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AgentName } from '../../../protocol/names.ts';
import { gatewayReportSurface } from '../../../protocol/operations/services.ts';
import type { ProviderName } from '../../../protocol/providers.ts';
import type { BudgetPeriod, BudgetUnit } from '../../../protocol/schemas/budget.ts';
import type { CallStart, UsageRecord } from '../../../protocol/schemas/service.ts';
import { createReports } from '../../../host/gateway/reports/reports.ts';
import { openLog } from '../../../system/log.ts';
import { connectSurface } from '../../../wire/client.ts';
import { openTestHive, type TestHive } from '../../support/test-hive.ts';
import { type Figure, median, type Scenario } from '../figure.ts';
import { measureLedgerRows } from '../floors/ledger-rows.ts';
import { WITHOUT_BOXES } from '../without-boxes.ts';

const WORKERS = ['ada', 'bob', 'cleo', 'dan', 'eve', 'finn', 'gil'];
const ROUNDS = 3;
const CALLS = 15_000;
const WARM_UP = 3_000;
/** Calls under way at once: their starts are reported so many calls before their ends, mostly in an earlier batch. */
const OPEN_CALLS = 200;

/** Twenty budgets that nothing uses up; fourteen of them concern each call of a worker. */
const BUDGETS: readonly { scope: string; unit: BudgetUnit; per: BudgetPeriod }[] = [
  ...['hive', 'subtree:manager', '@role:worker'].flatMap((scope) => [
    { scope, unit: 'usd' as const, per: 'day' as const },
    { scope, unit: 'tokens' as const, per: 'month' as const },
    { scope, unit: 'requests' as const, per: 'hour' as const },
    { scope, unit: 'usd' as const, per: 'total' as const },
  ]),
  { scope: 'hive', unit: 'usd', per: 'month' },
  ...WORKERS.map((scope) => ({ scope, unit: 'usd' as const, per: 'day' as const })),
];

/** Calls that hived stores durably from the gateway's reports, with and without budgets. */
export const ledger: Scenario = {
  names: ['ledger.plain', 'ledger.budgets'],
  async run({ say, atEnd }) {
    const open = async (): Promise<TestHive> => {
      const agents = [{ name: 'manager', role: 'manager' }, ...WORKERS.map((name) => ({ name, role: 'worker' }))];
      const hive = await openTestHive({ config: { ...WITHOUT_BOXES, first_agents: agents } });
      atEnd(hive.close);
      await hive.start();
      return hive;
    };
    const [plain, limited] = [await open(), await open()];
    for (const budget of BUDGETS) await limited.admin.call('setBudget', { ...budget, amount: 1e11 });
    for (const hive of [plain, limited]) await recordCalls(hive, WARM_UP);
    const rates: Record<'plain' | 'limited' | 'plainFloor' | 'limitedFloor', number[]> = {
      plain: [],
      limited: [],
      plainFloor: [],
      limitedFloor: [],
    };
    for (let round = 1; round <= ROUNDS; round += 1) {
      say(
        `${CALLS.toLocaleString('en')} calls without and with ${BUDGETS.length} budgets, round ${round} of ${ROUNDS}`,
      );
      rates.plain.push(await recordCalls(plain, CALLS));
      rates.limited.push(await recordCalls(limited, CALLS));
      rates.plainFloor.push(measureLedgerRows(plain.root, { budgets: 0, forMs: 1_500 }));
      rates.limitedFloor.push(measureLedgerRows(plain.root, { budgets: 14, forMs: 1_500 }));
    }
    return [
      { name: 'ledger.plain', value: median(rates.plain), unit: '1/s', floor: median(rates.plainFloor) },
      { name: 'ledger.budgets', value: median(rates.limited), unit: '1/s', floor: median(rates.limitedFloor) },
    ] satisfies Figure[];
  },
};

/** Reports calls as the gateway does, until hived has stored all of them. Returns the calls a second. */
async function recordCalls(hive: TestHive, count: number): Promise<number> {
  const instance = randomUUID();
  const hived = connectSurface(gatewayReportSurface, join(hive.run, 'gateway.sock'), { connections: 1 });
  let stored = 0;
  const reports = createReports({
    send: async (batch, signal) => {
      const started = batch.flatMap((one) => ('started' in one ? [one.started] : []));
      const records = batch.flatMap((one) => ('ended' in one ? [one.ended] : []));
      stored += (await hived.call('reportUsage', { instance, started, records }, { signal })).stored;
    },
    log: openLog({ level: 'error', output: process.stderr }),
    capacity: 2 * count,
  });
  const calls = Array.from({ length: count }, (_, n) => makeCall(n));
  const from = performance.now();
  for (let n = 0; n < count + OPEN_CALLS; n += 1) {
    const [begins, ends] = [calls[n], calls[n - OPEN_CALLS]];
    if (begins !== undefined) reports.add({ started: begins.started });
    if (ends !== undefined) reports.add({ ended: ends.ended });
  }
  await reports.flush(600_000);
  const took = performance.now() - from;
  await hived.close();
  if (stored !== count) throw new Error(`hived stored ${stored} of ${count} calls`);
  return (count / took) * 1_000;
}

function makeCall(n: number): { started: CallStart; ended: UsageRecord } {
  const call = {
    id: randomUUID(),
    agent: WORKERS[n % WORKERS.length] as AgentName,
    provider: 'anthropic' as ProviderName,
    startedAt: Date.now(),
  };
  const usage = { inputTokens: 12, outputTokens: 400, cacheReadTokens: 40_000, cacheWriteTokens: 900, costUsd: 0.0214 };
  return {
    started: { ...call, reservedUsd: 0.9, reservedTokens: 64_000 },
    ended: {
      ...call,
      model: 'claude-sonnet-5',
      endedAt: call.startedAt + 9_000,
      status: 200,
      usage,
      reasoningTokens: 0,
      cacheWrite1hTokens: 0,
      estimated: false,
      counted: null,
      call: n + 1,
    },
  };
}
