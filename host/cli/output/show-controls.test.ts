import { expect, test } from 'vitest';
import { showControls } from './show-controls.ts';

test('control characters become visible, and other text stays', () => {
  expect(showControls('a\u001B[31mred\t\r\n\u0000\u009B1m\u202Eabc\u2028é🙂')).toBe(
    'a\\x1b[31mred\\x09\\x0d\\x0a\\x00\\x9b1m\\u202eabc\\u2028é🙂',
  );
});
