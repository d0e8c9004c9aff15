import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { UsageRecord } from '../../../protocol/schemas/service.ts';
import { findAgent } from '../store/agents.ts';
import { listTurns } from '../store/turns.ts';
import { openTestHive, type TestHive } from '../testing/open-test-hive.ts';
import { handleUsage } from './usage-handlers.ts';

const SCOUT = 'scout' as AgentName;
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
    provider: 'anthropic',
    model: 'claude-sonnet-5',
    startedAt: at,
    endedAt: at + 1,
    status: 200,
    usage: { ...TOKENS, costUsd },
    ...more,
  };
}

async function report(...records: UsageRecord[]) {
  return handleUsage({ ...hive, providers: { hear: async () => undefined } }).reportUsage(
    { records },
    { caller: 'gateway', lastEventId: null, signal: new AbortController().signal },
  );
}

/** A turn that the harness ends with the CLI's own estimate. */
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

test('one call without a price does not hide what the others cost', async () => {
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

test('a record that is sent again counts once', async () => {
  const record = callOf(1);
  expect([await report(record), await report(record)]).toEqual([{ stored: 1 }, { stored: 0 }]);
  expect(findAgent(hive.db, 'scout')?.usage.costUsd).toBe(1);
});
