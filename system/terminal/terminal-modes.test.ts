import { expect, test } from 'vitest';
import { createTerminalModes } from './terminal-modes.ts';

function after(text: string) {
  const modes = createTerminalModes();
  modes.take(text);
  return { undo: modes.undo(), restate: modes.restate() };
}

test('output that changes nothing leaves nothing to undo', () => {
  expect(after('hello\r\n\u001b[31mred\u001b[0m\u001b[?1049h\u001b[?25l\u001b[?25h\u001b[?1049l').undo).toBe('');
});

test('the alternate screen, mouse, paste and a hidden cursor are undone, the screen last', () => {
  expect(after('\u001b[?1049h\u001b[?1000;1006h\u001b[?2004h\u001b[?25l').undo).toBe(
    '\u001b[?25h\u001b[?2004l\u001b[?1006l\u001b[?1000l\u001b[?1049l',
  );
});

test('colour, character set, margins, shape and keypad are undone', () => {
  expect(after('\u001b[1;31m\u001b(0\u001b[2;5r\u001b[4 q\u001b=').undo).toBe(
    '\u001b[m\u001b(B\u000f\u001b>\u001b[0 q\u001b7\u001b[r\u001b8',
  );
});

test('another terminal gets the same modes, the screen first', () => {
  expect(after('\u001b[?2004h\u001b[?1049h\u001b[?7l').restate).toBe('\u001b[?1049h\u001b[?2004h\u001b[?7l');
});

test('a full reset leaves nothing; a soft one leaves private modes', () => {
  expect(after('\u001b[?1049h\u001b[?2004h\u001bc').undo).toBe('');
  expect(after('\u001b[?1049h\u001b[?2004h\u001b[31m\u001b[!p').undo).toBe('\u001b[?2004l\u001b[?1049l');
});
