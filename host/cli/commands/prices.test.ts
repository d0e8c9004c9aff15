import { afterEach, expect, test } from 'vitest';
import type { ProviderName } from '../../../protocol/providers.ts';
import { modelPrice, type PriceRow } from '../../../protocol/schemas/price.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const LAB = 'lab' as ProviderName;
const rates = { input: 0.075, output: 1, cacheRead: 0.01, cacheWrite5m: 0, cacheWrite1h: 0 };
const longPrompt = { ...rates, over: 200_000, input: 0.15, output: 2 };
const row: PriceRow = {
  provider: LAB,
  models: 'qwen-*',
  origin: 'own',
  asOf: '2026-11-01',
  source: 'the invoice of October',
  price: modelPrice.parse({ ...rates, longPrompt, webSearches: 10 }),
};

async function open(): Promise<unknown[]> {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    listPrices(input) {
      asked.push(input);
      const unknown = { provider: LAB, model: 'llama', row: null };
      return { models: [{ provider: LAB, model: 'qwen-3', row }, unknown], rows: [row] };
    },
  });
  return asked;
}

test('prices are shown with all their digits, their list, date and source; an unknown one says what to do', async () => {
  await open();
  const { out } = await runHivectl(hive?.socket ?? '', ['prices']);
  expect(out).toMatch(
    /lab +qwen-3 +\$0\.075 +\$1 .*over 200k: \$0\.15, \$2; 1,000 searches \$10 .*prices\.yaml, lab\/qwen-\*, 2026-11-01/,
  );
  expect(out).toMatch(/lab +llama +not known/);
  expect(out).toContain('lab: the invoice of October.');
  expect(out).toContain('Give prices in prices.yaml');
});

test('one model is asked for with its provider, and --all lists the rows', async () => {
  const asked = await open();
  await runHivectl(hive?.socket ?? '', ['prices', 'lab/org/qwen-3']);
  const all = await runHivectl(hive?.socket ?? '', ['prices', '--all', '--json']);
  expect(asked).toEqual([{ provider: 'lab', model: 'org/qwen-3' }, {}]);
  expect(JSON.parse(all.out)).toEqual({ models: [{ provider: 'lab', model: 'qwen-*', row }], rows: [row] });
  for (const wrong of ['qwen-3', '/qwen', 'lab/', 'lab/a b']) {
    const refused = await runHivectl(hive?.socket ?? '', ['prices', wrong]);
    expect([refused.code, refused.err]).toEqual([64, expect.stringContaining('write PROVIDER/MODEL')]);
  }
});
