import { expect, test } from 'vitest';
import { nameMcpTool } from './mcp-names.ts';
import { HIVE_SERVER } from './hive-server.ts';
import { isHiveTool, readToolName, sayToolName } from './tool-names.ts';

test('a CLI’s name for a tool is split into server and tool again', () => {
  expect(nameMcpTool(HIVE_SERVER, 'send')).toBe('mcp__hive__send');
  expect(readToolName('mcp__hive__create_repo')).toEqual({ server: 'hive', tool: 'create_repo' });
  expect(readToolName('mcp__my_server__look__up')).toEqual({ server: 'my_server', tool: 'look__up' });
  expect(readToolName('Bash')).toEqual({ server: null, tool: 'Bash' });
  expect(readToolName('mcp__hive__')).toEqual({ server: null, tool: 'mcp__hive__' });
});

test('the hive’s tools have their own names for people, others the names of their CLI', () => {
  expect(['mcp__hive__send', 'mcp__hives__send', 'Bash', 'send'].map(isHiveTool)).toEqual([true, false, false, false]);
  expect(['mcp__hive__send', 'mcp__other__send', 'Bash'].map(sayToolName)).toEqual([
    'send',
    'mcp__other__send',
    'Bash',
  ]);
});
