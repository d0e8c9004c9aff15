import { expect, test } from 'vitest';
import { createScreen } from './screen.ts';

const ALL = { limit: 1_000, replayUntil: 0 };
const same = (text: string) => ({ live: text, replay: text });

test('whoever follows from a piece gets what came after it, once', () => {
  const screen = createScreen(100);
  expect(screen.after(0, ALL)).toBeNull();
  for (const text of ['a', 'b', 'c']) screen.append(same(text));
  expect(screen.after(1, ALL)).toEqual({ seq: 3, text: 'bc', reset: false, chars: 3 });
  expect(screen.after(3, ALL)).toBeNull();
  expect(screen.after(0, ALL)).toEqual({ seq: 3, text: 'abc', reset: true, chars: 3 });
});

test('a part ends behind the piece in which it reaches its limit', () => {
  const screen = createScreen(100);
  for (const text of ['ab', 'cd', 'ef']) screen.append(same(text));
  expect(screen.after(0, { ...ALL, limit: 3 })).toMatchObject({ seq: 2, text: 'abcd' });
});

test('what is too old is dropped; who missed it begins anew, in the modes of that moment', () => {
  const screen = createScreen(10);
  screen.append(same('\u001b[?1049hxx'));
  for (let n = 0; n < 5; n += 1) screen.append(same(`line${n}`));
  const part = screen.after(1, ALL);
  expect(part).toMatchObject({ seq: 6, text: '\u001b[?1049hline3line4', reset: true });
  expect(screen.after(5, ALL)).toMatchObject({ text: 'line4', reset: false });
});

test('the newest piece is kept, however long it is', () => {
  const screen = createScreen(10);
  screen.append(same('x'.repeat(50)));
  expect(screen.after(0, ALL)?.text).toHaveLength(50);
});

test('the number of pieces is bounded, too', () => {
  const screen = createScreen(1_000_000);
  for (let n = 0; n < 10_000; n += 1) screen.append(same('k'));
  expect(screen.after(0, { ...ALL, limit: 1_000_000 })?.text).toHaveLength(4_096);
  expect(screen.chars()).toBe(10_000);
});

test('requests to the terminal are in what is shown for the first time only', () => {
  const screen = createScreen(100);
  screen.append({ live: 'a\u001b[6n', replay: 'a' });
  expect(screen.after(0, { limit: 100, replayUntil: 1 })?.text).toBe('a');
  expect(screen.after(0, { limit: 100, replayUntil: 0 })?.text).toBe('a\u001b[6n');
});

test('a number of another life of the terminal begins anew', () => {
  const screen = createScreen(100);
  screen.append(same('a'));
  expect(screen.after(77, ALL)).toMatchObject({ seq: 1, text: 'a', reset: true });
});
