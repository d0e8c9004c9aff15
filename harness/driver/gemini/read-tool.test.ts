import { expect, test } from 'vitest';
import type { ToolUpdate } from '../agent-protocol/read-line.ts';
import { readTool } from './read-tool.ts';

const update = (toolCallId: string, title: string | null, text: string): ToolUpdate => ({
  sessionUpdate: 'tool_call',
  toolCallId,
  title,
  status: 'in_progress',
  content: [{ type: 'content', content: { type: 'text', text } }],
});

test.each([
  [
    'a command',
    update('run_shell_command__call_1', 'sleep 600', '[current working directory /agents/ada/state]'),
    { name: 'run_shell_command', ofHive: false, input: { title: 'sleep 600' } },
  ],
  [
    'a tool of the hive',
    update('mcp_hive_send__call_1', 'send (hive MCP Server)', '{"to":"bob"}'),
    { name: 'mcp__hive__send', ofHive: true, input: { to: 'bob' } },
  ],
  [
    'a tool of the hive that was refused',
    update('mcp_hive_send__call_1', null, 'denied'),
    { name: 'mcp__hive__send', ofHive: true, input: {} },
  ],
  [
    'an ID that the CLI made',
    update('read_file-1795856479-1', 'notes.md', ''),
    { name: 'read_file', ofHive: false, input: { title: 'notes.md' } },
  ],
  ['another ID', update('7', 'x', ''), { name: 'x', ofHive: false, input: { title: 'x' } }],
])('%s', (_what, given, shown) => {
  expect(readTool(given, given)).toEqual(shown);
});
