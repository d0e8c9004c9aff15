import { expect, test } from 'vitest';
import { createTypedSender } from './send-typed.ts';

function setUp(maxChars = 100) {
  const sent: string[] = [];
  const errors: unknown[] = [];
  let answer: { resolve: () => void; reject: (error: Error) => void } = { resolve: () => {}, reject: () => {} };
  const sender = createTypedSender({
    maxChars,
    send(text) {
      sent.push(text);
      return new Promise<void>((resolve, reject) => {
        answer = { resolve, reject };
      });
    },
    onSent: () => undefined,
    onError: (error) => errors.push(error),
  });
  const settle = async (how: 'resolve' | 'reject') => {
    if (how === 'resolve') answer.resolve();
    else answer.reject(new Error('away'));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { sender, sent, errors, settle };
}

test('one piece is sent at a time; what is typed meanwhile is sent together', async () => {
  const { sender, sent, settle } = setUp();
  for (const key of ['a', 'b', 'c']) sender.type(key);
  expect(sent).toEqual(['a']);
  await settle('resolve');
  expect(sent).toEqual(['a', 'bc']);
  expect(sender.waiting()).toBe(0);
});

test('a long paste is sent in pieces, and no character is cut in half', async () => {
  const { sender, sent, settle } = setUp(3);
  sender.type('ab🙂cd');
  for (let n = 0; n < 3; n += 1) await settle('resolve');
  expect(sent).toEqual(['ab', '🙂c', 'd']);
});

test('after an error what waited is dropped, and what is typed later is sent', async () => {
  const { sender, sent, errors, settle } = setUp();
  sender.type('a');
  sender.type('b');
  await settle('reject');
  expect(errors).toHaveLength(1);
  sender.type('c');
  expect(sent).toEqual(['a', 'c']);
});
