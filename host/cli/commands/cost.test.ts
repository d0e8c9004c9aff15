import { afterEach, expect, test } from 'vitest';
import type { UsageSum } from '../../../protocol/schemas/agent.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const USAGE: UsageSum = {
  inputTokens: 1_234_567,
  outputTokens: 89,
  cacheReadTokens: 10,
  cacheWriteTokens: 2,
  costUsd: 3.705,
  unpricedCalls: 1,
};

test('costs are shown to people rounded, and as CSV exactly, with nothing that a spreadsheet would run', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    listCosts: (input) => {
      asked.push(input);
      const rows = [
        { key: '=HYPERLINK("http://evil")', calls: 7, usage: USAGE },
        { key: 'a, "b"', calls: 1, usage: { ...USAGE, costUsd: 0 } },
      ];
      return { from: 1, timeZone: 'UTC', rows, total: { calls: 8, usage: USAGE } };
    },
  });
  const csv = await runHivectl(hive.socket, ['cost', 'month', '--by', 'model', '--csv']);
  expect(csv.out.split('\n')).toEqual([
    'model,calls,input_tokens,cache_read_tokens,cache_write_tokens,output_tokens,cost_usd,unpriced_calls',
    `"'=HYPERLINK(""http://evil"")",7,1234567,10,2,89,3.705,1`,
    '"a, ""b""",1,1234567,10,2,89,0,1',
    '',
  ]);
  expect((await runHivectl(hive.socket, ['cost', 'month', '--by', 'model'])).out).toContain(
    '1 call has no known price',
  );
  expect(asked).toEqual([
    { span: 'month', by: 'model' },
    { span: 'month', by: 'model' },
  ]);
});

test('CSV and JSON exclude each other, and a span that is none is refused', async () => {
  hive = await openStandInHive({});
  const both = await runHivectl(hive.socket, ['cost', '--csv', '--json']);
  expect([both.code, both.err]).toEqual([64, expect.stringContaining('cannot be used with')]);
  const span = await runHivectl(hive.socket, ['cost', 'year', '--csv']);
  expect([span.code, span.err]).toEqual([64, expect.stringContaining('not "year"')]);
});
