import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { keepOutput } from './keep-output.ts';

test('the kept part is a whole start or end of the text, within the limit, however the text is chunked', () => {
  const cases = fc.record({
    text: fc.array(fc.constantFrom('a', 'é', '€', '🎉'), { maxLength: 30 }).map((characters) => characters.join('')),
    side: fc.constantFrom('start', 'end'),
    maxBytes: fc.integer({ min: 0, max: 40 }),
    step: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(cases, ({ text, side, maxBytes, step }) => {
      const bytes = Buffer.from(text);
      const keeper = keepOutput(side, maxBytes);
      for (let at = 0; at < bytes.length; at += step) keeper.add(bytes.subarray(at, at + step));
      const kept = Buffer.from(keeper.text());
      expect(keeper.isCut()).toBe(bytes.length > maxBytes);
      expect(kept.length).toBeLessThanOrEqual(maxBytes);
      expect(kept.length).toBeGreaterThan(Math.min(maxBytes, bytes.length) - 4);
      const same = side === 'start' ? bytes.subarray(0, kept.length) : bytes.subarray(bytes.length - kept.length);
      expect(kept.equals(same)).toBe(true);
    }),
  );
});
