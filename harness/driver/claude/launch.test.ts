import { expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { composeArgv, composeEnv } from './launch.ts';

const plan = { spec: { model: 'm', tools: ['Bash', 'Read'] }, systemPrompt: 'be --good', mcpConfigPath: '/h/mcp.json' };

test('every argument is one word that cannot absorb or become another', () => {
  const argv = composeArgv(plan, { id: 'abc', copy: false });
  expect(argv.every((word) => word.startsWith('--'))).toBe(true);
  expect(argv).toContain('--tools=Bash,Read');
  expect(argv).toContain('--allowedTools=mcp__hive,Bash,Read');
  expect(argv).toContain('--append-system-prompt=be --good');
  expect(argv.at(-1)).toBe('--resume=abc');
  expect(composeArgv(plan, { id: 'abc', copy: true })).toContain('--fork-session');
  expect(composeArgv(plan, null).join(' ')).not.toContain('--resume');
});

test("git settings of the box are kept, with the agent's name after them", () => {
  const given = { PATH: '/bin', GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };
  const env = composeEnv({
    agent: 'scout' as AgentName,
    passedOn: given,
    gatewayUrl: 'http://127.0.0.1:7003',
    configDir: '/h',
  });
  expect(env).toMatchObject({
    ...given,
    GIT_CONFIG_COUNT: '3',
    GIT_CONFIG_KEY_1: 'user.name',
    GIT_CONFIG_VALUE_1: 'scout',
  });
  expect(env).toMatchObject({ ANTHROPIC_API_KEY: 'hive', ANTHROPIC_BASE_URL: 'http://127.0.0.1:7003' });
});
