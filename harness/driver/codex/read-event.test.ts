import { expect, test } from 'vitest';
import { readEvent, readHugeItem } from './read-event.ts';

const about = { threadId: 't', turnId: 'u' };
const ofItem = (item: object) => readEvent('item/completed', { ...about, item });

test.each([
  ['a text', { type: 'agentMessage', id: 'a', text: 'hello', phase: null }],
  ['what was said to the model', { type: 'userMessage', id: 'a', clientId: null, content: [] }],
  ['thoughts', { type: 'reasoning', id: 'a', summary: ['so'], content: [] }],
  [
    'a command that still runs',
    { type: 'commandExecution', id: 'a', command: 'ls', status: 'inProgress', exitCode: null },
  ],
  ['changes of files', { type: 'fileChange', id: 'a', changes: [{ path: '/x' }], status: 'completed' }],
  ['a tool', { type: 'mcpToolCall', id: 'a', server: 'hive', tool: 'send', arguments: {}, result: null, error: null }],
])('%s', (_, item) => {
  expect(ofItem(item)).toMatchObject({ method: 'item/completed', params: { ...about, item: { type: item.type } } });
});

test('notifications and items of other kinds are valid, and not read', () => {
  expect(readEvent('brand/new', 7)).toEqual({ method: 'other' });
  expect(readEvent('toString', {})).toEqual({ method: 'other' });
  expect(ofItem({ type: 'brandNew', id: 'a' })).toEqual({ method: 'other' });
});

test.each([
  ['turn/completed', { threadId: 't' }],
  ['turn/completed', null],
  ['error', { ...about, error: 'broken', willRetry: true }],
  ['item/started', { ...about, item: 'text' }],
  ['item/started', { ...about, item: { type: 'agentMessage', id: 'a' } }],
  ['item/started', 12],
])('a known one of an unexpected shape is noise: %s %o', (method, params) => {
  expect(readEvent(method, params)).toBeNull();
});

test('figures that are not numbers count as zero', () => {
  const total = { inputTokens: -1, cachedInputTokens: 'x', outputTokens: 3 };
  const event = readEvent('thread/tokenUsage/updated', { ...about, tokenUsage: { total, last: {} } });
  const none = { inputTokens: 0, cachedInputTokens: 0, cacheWriteInputTokens: 0, outputTokens: 0 };
  expect(event).toMatchObject({ params: { tokenUsage: { total: { ...none, outputTokens: 3 }, last: none } } });
});

test('the end of a tool is known from the beginning of a line that is too long', () => {
  const head = '{"method":"item/completed","params":{"item":{"type":"commandExecution","id":"call_7","command":"x';
  expect(readHugeItem(head)).toBe('call_7');
  expect(readHugeItem('{"method":"item/started","params":{"item":{"id":"call_7"')).toBeNull();
  expect(readHugeItem('x'.repeat(1_000))).toBeNull();
});
