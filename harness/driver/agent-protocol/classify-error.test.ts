import { expect, test } from 'vitest';
import { classifyError } from './classify-error.ts';
import { readTitle } from './read-title.ts';

const rpc = (code: number, message: string, data?: unknown) => ({
  code,
  message,
  ...(data === undefined ? {} : { data }),
});

test.each([
  ['the HTTP status as code', rpc(429, 'Resource has been exhausted'), 'rate_limited'],
  ['a status in the data', rpc(-32_603, 'Internal error', { statusCode: 503 }), 'outage'],
  ['a status in the words of the provider', rpc(-32_603, '{"error":{"code":401,"message":"no"}}'), 'needs_login'],
  ['the code of the protocol for a login', rpc(-32_000, 'Authentication required'), 'needs_login'],
  ['words alone', rpc(-32_603, 'fetch failed'), 'outage'],
  ['nothing that is known', rpc(-32_603, 'it broke'), 'failed'],
  ['an error of ours', new Error('The program takes no MCP servers over HTTP.'), 'failed'],
])('an error with %s', (_what, error, kind) => {
  expect(classifyError(error)).toMatchObject({ kind, reason: expect.stringMatching(/\S/) });
});

test('a conversation that is too long is spent', () => {
  const error = rpc(400, "This model's maximum context length: the input exceeds the model's context");
  expect(classifyError(error)).toMatchObject({ kind: 'failed', sessionSpent: true });
});

test.each([
  ['hive_send', 'mcp__hive__send', true],
  ['mcp_hive_send', 'mcp__hive__send', true],
  ['mcp__hive__send', 'mcp__hive__send', true],
  ['send (hive MCP Server)', 'mcp__hive__send', true],
  ['cat hive_notes', 'cat hive_notes', false],
  ['send (other MCP Server)', 'send (other MCP Server)', false],
  [null, 'tool', false],
])('a tool with the title %s', (title, name, ofHive) => {
  expect(readTitle(title)).toEqual({ name, ofHive });
});
