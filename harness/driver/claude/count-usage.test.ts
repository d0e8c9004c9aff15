import { expect, test } from 'vitest';
import { totalsOf } from './count-usage.ts';

test('all models of a result are counted', () => {
  const model = { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3, cacheCreationInputTokens: 4 };
  const line = {
    type: 'result',
    subtype: 'success',
    is_error: false,
    total_cost_usd: 0.5,
    modelUsage: { a: model, b: model },
  } as const;
  expect(totalsOf(line)).toEqual({
    inputTokens: 2,
    outputTokens: 4,
    cacheReadTokens: 6,
    cacheWriteTokens: 8,
    costUsd: 0.5,
  });
});
