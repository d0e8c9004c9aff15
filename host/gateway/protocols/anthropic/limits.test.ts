import { expect, test } from 'vitest';
import { classOf, readLimit } from './limits.ts';

test("the end of a subscription's limit is taken from its own header, whatever retry-after says", () => {
  const at = (reset: string) =>
    readLimit(
      { status: 429, headers: { 'retry-after': '30', 'anthropic-ratelimit-unified-reset': reset }, body: '' },
      0,
    );
  expect(at('4102444800')).toEqual({ kind: 'quota', until: 4_102_444_800_000 });
  expect(at('2100-01-01T00:00:00Z')).toEqual({ kind: 'quota', until: 4_102_444_800_000 });
  expect(at('12')).toEqual({ kind: 'rate', until: 30_000 });
});

test('models share limits by family', () => {
  expect(['claude-opus-4-8', 'sonnet', 'claude-3-5-haiku-latest', 'unknown'].map(classOf)).toEqual([
    'opus',
    'sonnet',
    'haiku',
    null,
  ]);
});
