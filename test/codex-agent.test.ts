import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LoginServer, startLoginServer } from '../host/gateway/fixtures/login-server.ts';
import { OPENAI_STREAM } from './support/cli-provider.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// An agent of the driver codex: the real Codex in a real box, first on the demo model, and at the end paid by a login.

const AGENT = 'cody';
let hive: TestHive;
let server: LoginServer;

beforeAll(async () => {
  server = await startLoginServer(OPENAI_STREAM);
  hive = await openTestHive({
    agents: ['manager'],
    config: {
      egress: { ask_ms: 0 },
      providers: { openai: { login: { base_url: server.apiUrl, token_url: server.tokenUrl } } },
    },
  });
  await hive.start();
  expect(await hive.hivectl(['create', AGENT, '--driver', 'codex'])).toMatchObject({ code: 0, stderr: '' });
  await hive.allIdle();
});
afterAll(async () => {
  await hive.close();
  await server.close();
});

const eventsOf = async (kind: string) => (await hive.events(kind)).filter((event) => event.agent === AGENT);
/** The text of a turn's first event of this kind, which may come after the turn's end. */
async function textOf(turn: unknown, wanted: string): Promise<string> {
  const { data } = await hive.event(
    ({ kind, agent, data: said }) => kind === wanted && agent === AGENT && said['turn'] === turn,
  );
  return String(data['text']);
}
const sessionOf = async () =>
  (await hive.admin.call('listAgents', {})).agents.find(({ name }) => name === AGENT)?.sessionId;

async function turnOf(body: string) {
  const { id } = await hive.admin.call('send', { to: AGENT, body });
  const { data } = await hive.event(
    ({ kind, data: said }) => kind === 'turn.finished' && (said['messages'] as number[]).includes(id),
  );
  return data;
}

test('it gets mail, and answers with the tool of the hive', async () => {
  const turn = await turnOf('@send {"to":"operator","body":"cody has it"}');
  expect(turn).toMatchObject({ outcome: 'done', toolCalls: 1 });
  const { messages } = await hive.admin.call('listMessages', { of: 'operator', limit: 10 });
  expect(messages.map(({ from, body }) => [from, body])).toContainEqual([AGENT, 'cody has it']);
  expect(await eventsOf('delivery.in_context')).toHaveLength(1);
  const used = await hive.calls(1, (event) => event.agent === AGENT && event.data['turn'] === turn['turn']);
  expect(used.length).toBeGreaterThanOrEqual(2);
  expect((await eventsOf('cli.started'))[0]?.data).toMatchObject({ version: '0.169.0' });
});

test('its shell works in the box, without a sandbox of its own, and knows no secret', async () => {
  const cmd = 'cat /proc/self/oom_score_adj; echo proxy $HTTP_PROXY; id -u; touch made && ls made; env';
  const turn = await turnOf(`@exec_command ${JSON.stringify({ cmd })}`);
  expect(turn).toMatchObject({ outcome: 'done', toolCalls: 1 });
  const text = await textOf(turn['turn'], 'turn.tool_result');
  expect(text).toMatch(/^1000\nproxy http:\/\/127\.0\.0\.1:7004\/?\n\d+\nmade\n/);
  expect(text).not.toMatch(/HIVE_MCP_TOKEN|HIVE_GATEWAY_KEY/);
});

test('its conversation survives a kill of hived and a restart of its box', async () => {
  const session = await sessionOf();
  expect(session).toMatch(/\S/);
  await hive.kill();
  await hive.start();
  expect(await turnOf('are you there?')).toMatchObject({ outcome: 'done' });
  expect(await sessionOf()).toBe(session);
  expect(await hive.hivectl(['restart', AGENT])).toMatchObject({ code: 0 });
  await hive.allIdle();
  expect(await turnOf('the words before the login')).toMatchObject({ outcome: 'done' });
  expect(await sessionOf()).toBe(session);
  expect(await eventsOf('conversation.dropped')).toEqual([]);
  const started = (await eventsOf('cli.started')).map(({ data }) => data['sessionId']);
  expect(new Set(started)).toEqual(new Set([session]));
  expect(started.length).toBeGreaterThanOrEqual(2);
});

test('an interrupt ends its command, and the next turn runs in the same process', async () => {
  await hive.admin.call('send', { to: AGENT, body: '@exec_command {"cmd":"sleep 4713"}' });
  const isRunning = async () =>
    (await eventsOf('turn.tool_call')).some(({ data }) => String(data['input']).includes('sleep 4713'));
  await hive.until(isRunning, 'the command to run');
  expect(await hive.hivectl(['interrupt', AGENT, '--drop'])).toMatchObject({ code: 0 });
  await hive.event(
    ({ kind, agent, data }) => kind === 'turn.finished' && agent === AGENT && data['outcome'] === 'interrupted',
  );
  const before = (await eventsOf('cli.started')).length;
  expect(await turnOf('and now?')).toMatchObject({ outcome: 'done' });
  expect(await eventsOf('cli.started')).toHaveLength(before);
  const isGone = async () => !(await hive.inBox(AGENT, ['sh', '-c', 'cat /proc/*/cmdline'])).output.includes('4713');
  await hive.until(isGone, 'the command to be gone');
});

test('a login pays for its calls, and the conversation of before goes along', async () => {
  const n = server.begin();
  const expiresAt = Date.now() + 3_600_000;
  const tokens = { id_token: 'a.b.c', access_token: server.access(n, expiresAt), refresh_token: server.refresh(n) };
  const auth = { auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens: { ...tokens, account_id: 'account-7' } };
  const file = join(hive.run, '..', 'auth.json');
  await writeFile(file, JSON.stringify(auth), { mode: 0o600 });
  expect(await hive.hivectl(['provider', 'set', 'openai', '--login', file])).toMatchObject({ code: 0, stderr: '' });
  const turn = await turnOf('hello');
  expect(turn).toMatchObject({ outcome: 'done' });
  expect(await textOf(turn['turn'], 'turn.text')).toBe('said by openai');
  const call = server.calls.at(-1);
  expect(call).toMatchObject({ path: '/codex/responses', headers: { 'chatgpt-account-id': 'account-7' } });
  expect(call?.body).toContain('the words before the login');
});

test('it connects to nothing else', async () => {
  const { stdout } = await hive.hivectl(['egress', 'log', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ connections: [] });
});
