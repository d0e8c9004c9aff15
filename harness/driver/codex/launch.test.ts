import { expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { composeArgv, composeEnv, composeServerArgv, composeTerminalArgv, composeTerminalEnv } from './launch.ts';
import { composeCatalogue } from './model-catalogue.ts';

const argv = composeArgv({
  model: 'gpt-5-mini',
  stateDir: '/agents/a/state',
  cataloguePath: '/agents/a/harness/codex/models.json',
  gatewayUrl: 'http://127.0.0.1:7003',
  mcpUrl: 'http://127.0.0.1:7001/mcp',
});
const env = composeEnv({
  agent: 'a' as AgentName,
  passedOn: { PATH: '/bin', HOME: '/agents/a/state' },
  homeDir: '/agents/a/harness/codex',
  mcpToken: 'the-token',
});

test('every request goes to the gateway, and no file can redirect it', () => {
  expect(argv).toContain('model_provider="hive"');
  expect(argv).toContain('model_providers.hive.base_url="http://127.0.0.1:7003/v1"');
  expect(argv).toContain('mcp_servers.hive.url="http://127.0.0.1:7001/mcp"');
  expect(argv).toContain('projects={"/agents/a/state"={trust_level="untrusted"}}');
  expect(argv).toContain('features.hooks=false');
  expect(argv).toContain('cli_auth_credentials_store="ephemeral"');
});

test('the box is the sandbox, and nobody is asked', () => {
  expect(argv).toContain('sandbox_mode="danger-full-access"');
  expect(argv).toContain('approval_policy="never"');
});

test('the secret is not among the arguments, which every process list shows, and not given to commands', () => {
  expect(argv.join(' ')).not.toContain('the-token');
  expect(env).toMatchObject({ HIVE_MCP_TOKEN: 'the-token', HIVE_GATEWAY_KEY: 'hive', PATH: '/bin' });
  expect(argv).toContain('shell_environment_policy.exclude=["HIVE_GATEWAY_KEY","HIVE_MCP_TOKEN"]');
});

test('the catalogue has the model of the spec alone', () => {
  const catalogue: unknown = JSON.parse(composeCatalogue('lab-1', 'You are an agent.'));
  expect(catalogue).toMatchObject({ models: [{ slug: 'lab-1', base_instructions: 'You are an agent.' }] });
});

test('a terminal interface has the settings of a turn, but for those that it refuses and its app-server has', () => {
  const terminal = composeTerminalArgv(argv, { socket: '/s', threadId: 'the-thread' });
  const missing = argv.slice(1).filter((text) => !terminal.includes(text));
  expect(missing).toEqual(['sandbox_mode="danger-full-access"', 'approval_policy="never"']);
  expect([terminal[0], ...terminal.slice(-3)]).toEqual(['resume', '--remote', 'unix:///s', 'the-thread']);
  expect(composeServerArgv(argv, '/s')).toEqual([...argv, '--listen', 'unix:///s']);
});

test('a terminal interface asks no host outside for its news', () => {
  const given = composeTerminalEnv({
    ...env,
    HTTPS_PROXY: 'http://127.0.0.1:7004',
    https_proxy: 'http://127.0.0.1:7004',
  });
  expect(given['HTTPS_PROXY']).toBe('http://127.0.0.1:1');
  expect(given['https_proxy']).toBe('http://127.0.0.1:1');
});
