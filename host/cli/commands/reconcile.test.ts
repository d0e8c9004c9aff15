import { afterEach, expect, test } from 'vitest';
import type { ComparedDay } from '../../../protocol/schemas/bill.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { ProviderName } from '../../../protocol/providers.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const PROVIDER = 'anthropic' as ProviderName;
const KEY = 'sk-ant-admin-0123456789';
const usage = {
  inputTokens: 900,
  outputTokens: 100,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 1.25,
  unpricedCalls: 0,
};
const counted = { calls: 3, estimatedCalls: 0, usage };
const day: ComparedDay = {
  day: '2026-11-26',
  counted,
  billed: { usd: 2.5004, requests: null, tokens: 2_000 },
  differenceUsd: 1.2504,
  why: ['elsewhere'],
  models: [
    { model: 'claude-sonnet-5', counted, billed: { usd: 2, requests: null, tokens: 2_000 } },
    { model: null, counted: null, billed: { usd: 0.5004, requests: null, tokens: null } },
  ],
};
const stdin = Buffer.from(`${KEY}\n`);

test('the figures stand beside each other by day and model, with what explains the difference', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    reconcileCosts(input) {
      asked.push(input);
      return { provider: PROVIDER, timeZone: 'Europe/Berlin', days: [day] };
    },
  });
  const { out, err } = await runHivectl(hive.socket, ['cost', 'reconcile', 'anthropic'], { stdin });
  expect(out).toMatch(/2026-11-26 +all +\$1\.25 +\$2\.5004 +\+\$1\.2504 +1\.0k +2\.0k +3 +–/);
  expect(out).toMatch(/claude-sonnet-5 +\$1\.25 +\$2\.0000 +\+\$0\.7500/);
  expect(out).toMatch(/\(not by model\) +– +\$0\.5004 +–/);
  expect(out).toContain('2026-11-26: the provider counted what did not go through this provider of the hive');
  expect(out).toContain('hivectl cost lists those of Europe/Berlin');
  const json = await runHivectl(hive.socket, ['cost', 'reconcile', 'anthropic', '--days', '31', '--json'], { stdin });
  expect(JSON.parse(json.out)).toMatchObject({ provider: 'anthropic', days: [{ differenceUsd: 1.2504 }] });
  expect(asked).toEqual([7, 31].map((days) => ({ provider: 'anthropic', adminKey: KEY, days })));
  expect(out + err + json.out + json.err).not.toContain(KEY);
});

test('bad input is refused before anything is asked, and a fault of the provider is one sentence', async () => {
  hive = await openStandInHive({
    reconcileCosts() {
      throw new HiveError('provider_unreachable', 'https://api.example refuses the admin key (401). Take another one.');
    },
  });
  const run = (...argv: string[]) => runHivectl(hive?.socket ?? '', ['cost', 'reconcile', ...argv], { stdin });
  expect(await run('anthropic', '--days', '32')).toMatchObject({
    code: 64,
    err: expect.stringContaining('at most 31'),
  });
  expect(await run('anthropic', '--days', '0')).toMatchObject({ code: 64 });
  expect(await run('Anthropic')).toMatchObject({ code: 64 });
  expect(await run('anthropic')).toMatchObject({ code: 69, err: expect.stringContaining('Take another one.') });
  const empty = await runHivectl(hive.socket, ['cost', 'reconcile', 'anthropic'], { stdin: Buffer.from('\n') });
  expect(empty).toMatchObject({ code: 64, err: expect.stringContaining('Nothing was given') });
});
