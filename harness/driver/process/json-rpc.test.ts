import { expect, test } from 'vitest';
import { createRpc, RpcError } from './json-rpc.ts';

function open(answer: (method: string, params: unknown) => object | undefined = () => undefined) {
  const sent: object[] = [];
  return { sent, rpc: createRpc((message) => void sent.push(message), answer) };
}

test('a request is answered by its id, with a result or an error', async () => {
  const { sent, rpc } = open();
  const first = rpc.request('one', { a: 1 });
  const second = rpc.request('two', {});
  expect(sent).toEqual([
    { id: 1, method: 'one', params: { a: 1 } },
    { id: 2, method: 'two', params: {} },
  ]);
  expect(rpc.take({ id: 2, error: { code: 7, message: 'no', data: { x: 1 } } })).toBe(true);
  expect(rpc.take({ id: 1, result: 'yes' })).toBe(true);
  expect(await first).toBe('yes');
  await expect(second).rejects.toEqual(new RpcError({ code: 7, message: 'no', data: { x: 1 } }));
});

test("a program's request is answered at once, and refused when nobody answers it", () => {
  const { sent, rpc } = open((method) => (method === 'may I?' ? { decision: 'no' } : undefined));
  expect(rpc.take({ id: 'a', method: 'may I?', params: {} })).toBe(true);
  expect(rpc.take({ id: 0, method: 'who are you?' })).toBe(true);
  expect(sent).toEqual([
    { id: 'a', result: { decision: 'no' } },
    { id: 0, error: { code: -32_601, message: 'Nobody answers "who are you?" here.' } },
  ]);
});

test.each([
  ['text', 'hello'],
  ['an object of another kind', { type: 'event' }],
  ['an error without a code', { id: 1, error: 'broken' }],
  ['a method that is no text', { id: 1, method: 7 }],
  ['a list', [1]],
])('no message, and no exception: %s', (_, given) => {
  expect(open().rpc.take(given)).toBe(false);
});

test('what is waited for when the program ends is rejected, and so is what is requested later', async () => {
  const { rpc } = open();
  const waiting = rpc.request('one', {});
  rpc.close(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(rpc.request('two', {})).rejects.toThrow('gone');
  expect(rpc.take({ id: 1, result: 'late' })).toBe(true);
});
