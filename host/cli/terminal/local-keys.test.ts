import { expect, test } from 'vitest';
import { createLocalKeys } from './local-keys.ts';

function type(...texts: string[]) {
  const take = createLocalKeys();
  let sent = '';
  for (const text of texts) {
    const typed = take(text);
    sent += typed.text;
    if (typed.leave) return { sent, leave: true };
  }
  return { sent, leave: false };
}

test.each([
  ['at the beginning', ['~.']],
  ['behind Enter', ['ls\r~.']],
  ['key by key', ['ls', '\r', '~', '.']],
])('Enter ~ . leaves: %s', (_, texts) => {
  expect(type(...texts)).toMatchObject({ leave: true });
});

test('what was typed before is sent, what comes after is not', () => {
  expect(type('ls\r~.rm -rf x\r')).toEqual({ sent: 'ls\r', leave: true });
});

test.each([
  ['inside a line', 'cd ~.', 'cd ~.'],
  ['a home directory', '~/x\r', '~/x\r'],
  ['twice', '\r~~.', '\r~.'],
  ['two lines', '\r~\r~x', '\r~\r~x'],
])('any other "~" is typed: %s', (_, text, sent) => {
  expect(type(text)).toEqual({ sent, leave: false });
});
