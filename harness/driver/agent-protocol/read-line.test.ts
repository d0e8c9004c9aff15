import { expect, test } from 'vitest';
import { readAcpLine } from './read-line.ts';

const update = (given: object) =>
  JSON.stringify({ jsonrpc: '2.0', method: 'session/update', params: { sessionId: 's', update: given } });

test('an update is read with the fields that are shown; what a program adds is ignored', () => {
  const chunk = { sessionUpdate: 'agent_message_chunk', messageId: 'm', content: { type: 'text', text: 'hi', x: 1 } };
  expect(readAcpLine(update(chunk))).toEqual({
    update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'hi' } },
    message: null,
  });
  const mode = update({ sessionUpdate: 'current_mode_update', currentModeId: 'x' });
  expect(readAcpLine(mode)).toEqual({ update: null, message: null });
});

test('a question for permission tells of the tool call, and is left to be answered', () => {
  const toolCall = { toolCallId: 't1', title: 'ls', status: 'pending' };
  const asked = { jsonrpc: '2.0', id: 4, method: 'session/request_permission', params: { toolCall, options: [] } };
  expect(readAcpLine(JSON.stringify(asked))).toEqual({
    update: { ...toolCall, sessionUpdate: 'tool_call' },
    message: asked,
  });
});

test.each([
  'words',
  '[1,2]',
  '{"jsonrpc":"2.0"}',
  '{"id":1,"result":{}}',
  update({ sessionUpdate: 'brand_new' }),
  update({ sessionUpdate: 'tool_call', title: 'without an id' }),
])('%s is noise', (line) => {
  expect(readAcpLine(line)).toBeNull();
});
