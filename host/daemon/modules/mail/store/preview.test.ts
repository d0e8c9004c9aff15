import { expect, test } from 'vitest';
import { firstLine, preview } from './preview.ts';

test('a preview is one line, cut without halving a character', () => {
  expect(preview('  two\n lines ')).toBe('two lines');
  expect(preview('x'.repeat(200))).toBe(`${'x'.repeat(159)}…`);
  expect(preview(`${'x'.repeat(158)}😀😀`)).toBe(`${'x'.repeat(158)}…`);
});

test('a subject is the first line with text', () => {
  expect(firstLine('\n\n  The door\nIt squeaks.')).toBe('The door');
  expect(firstLine('short')).toBe('short');
  expect(firstLine('y'.repeat(500))).toHaveLength(120);
  expect(firstLine(' \n')).toBe('');
});
