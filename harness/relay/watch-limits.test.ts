import { expect, test } from 'vitest';
import { watchLimits } from './watch-limits.ts';

const see = (text: string) => {
  const watch = watchLimits(() => 1_000_000);
  watch.see(Buffer.from(text));
  return watch.take();
};

test.each([
  ['HTTP/1.1 429 Too Many\r\nRetry-After: 30\r\n\r\n', 1_030_000],
  ['HTTP/1.1 429 x\r\nretry-after: 30\r\nanthropic-ratelimit-unified-reset: 4102444800\r\n\r\n', 4_102_444_800_000],
  ['HTTP/1.1 429 x\r\nretry-after: Fri, 01 Jan 2100 00:00:00 GMT\r\n\r\n', 4_102_444_800_000],
  ['HTTP/1.1 429 x\r\nretry-after: 4102444800\r\n\r\n', 4_102_444_800_000],
  ['HTTP/1.1 429 x\r\nretry-after: 4102444800000\r\n\r\n', 4_102_444_800_000],
  ['HTTP/1.1 429 x\r\nretry-after: 1.5\r\n\r\n', 1_001_500],
  ['HTTP/1.1 429 x\r\nanthropic-ratelimit-unified-reset: 2100-01-01T00:00:00Z\r\n\r\n', 4_102_444_800_000],
  ['HTTP/1.1 429 x\r\nanthropic-ratelimit-unified-reset: 12\r\nretry-after: 30\r\n\r\n', 1_030_000],
  ['HTTP/1.1 429 x\r\nretry-after: -1\r\n\r\n', null],
  ['HTTP/1.1 429 x\r\nretry-after: call 5\r\n\r\n', null],
  ['HTTP/1.1 429 x\r\nretry-after: soon\r\n\r\n', null],
  ['HTTP/1.1 429 x\r\n\r\nretry-after: 30\r\n', null],
  ['HTTP/1.1 200 OK\r\nretry-after: 30\r\n\r\n', null],
  ['the model says HTTP/1.1 429\r\nretry-after: 30\r\n', null],
  ['H', null],
])('%j', (text, resetsAt) => {
  expect(see(text)).toBe(resetsAt);
});

test('what was taken is forgotten', () => {
  const watch = watchLimits(() => 0);
  watch.see(Buffer.from('HTTP/1.1 429 x\r\nretry-after: 1\r\n\r\n'));
  expect([watch.take(), watch.take()]).toEqual([1_000, null]);
});
