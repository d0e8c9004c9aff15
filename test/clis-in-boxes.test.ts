import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MockProvider } from '../host/gateway/fixtures/mock-provider.ts';
import { type ProviderKind, startCliProvider } from './support/cli-provider.ts';
import { needlesOf } from './support/encodings.ts';
import { searchBox } from './support/search-box.ts';
import { programOf } from './support/test-clis.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// Real CLIs of three makers, each in a real box without a network, as the program of an agent of the driver `script`.
// They have a placeholder for a key and reach scripted providers through the gateway, which has the real keys.

const AGENTS = {
  codex: { provider: 'openai', model: 'gpt-5-mini', path: '/openai/v1/responses' },
  gemini: {
    provider: 'gemini',
    model: 'gemini-3.8-flash',
    path: '/gemini/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse',
  },
  opencode: { provider: 'lab', model: 'lab-1', path: '/lab/v1/chat/completions' },
} as const satisfies Record<string, { provider: ProviderKind; model: string; path: string }>;
type Cli = keyof typeof AGENTS;
const CLIS = Object.keys(AGENTS) as Cli[];
/** With characters that encodings change, as keys of some compatible providers have. */
const KEYS: Record<ProviderKind, string> = {
  openai: `sk-proj-${'0a1B2c3D'.repeat(5)}`,
  gemini: `AIzaSy${'Qw4-Er5_'.repeat(4)}`,
  lab: `lab/key+${'9z8Y=7x/'.repeat(4)}`,
};
const PLACEHOLDER = 'the-gateway-has-the-key';

let hive: TestHive;
let upstream: MockProvider & { limited: Set<ProviderKind> };

beforeAll(async () => {
  upstream = await startCliProvider();
  hive = await openTestHive({
    agents: ['manager'],
    config: {
      egress: { ask_ms: 0 },
      providers: {
        openai: { base_url: `${upstream.url}/openai/v1` },
        gemini: { base_url: `${upstream.url}/gemini` },
        lab: { kind: 'openai-compatible', base_url: `${upstream.url}/lab/v1` },
      },
    },
  });
  await hive.start();
  await copyFile(join(import.meta.dirname, 'fixtures/run-cli.mjs'), join(hive.root, 'shared/run-cli.mjs'));
  for (const cli of CLIS) {
    const { provider, model } = AGENTS[cli];
    const command = JSON.stringify(['node', '/shared/run-cli.mjs', cli, `/opt/hive/${programOf(cli)}`]);
    const args = ['--driver', 'script', '--command', command, '--provider', provider, '--model', model];
    expect(await hive.hivectl(['create', cli, ...args, '--memory', '1024'])).toMatchObject({ code: 0, stderr: '' });
  }
  await hive.allIdle();
  // The CLIs are told not to retry: a gateway that starts late would fail their first turn.
  await hive.allServe();
});
afterAll(async () => {
  await hive.close();
  await upstream.close();
});

/** Sends an agent a message; the end of the turn about it, and the text of its transcript. */
async function turnOf(cli: Cli, body: string) {
  const { id } = await hive.admin.call('send', { to: cli, body });
  const { data } = await hive.event(
    ({ kind, data: said }) => kind === 'turn.finished' && (said['messages'] as number[]).includes(id),
  );
  // What a turn said may come after its end.
  await hive.event(
    ({ kind, agent, data: said }) => kind === 'turn.text' && agent === cli && said['turn'] === data['turn'],
  );
  const texts = (await hive.events('turn.text')).filter(
    (event) => event.agent === cli && event.data['turn'] === data['turn'],
  );
  return { data, text: texts.map((event) => String(event.data['text'])).join('\n') };
}

const callsTo = (cli: Cli) =>
  upstream.seen.filter(({ method, path }) => method === 'POST' && path.startsWith(`/${AGENTS[cli].provider}/`));

test.each(CLIS)('%s in a box, without a key: answered by the demo model, as it is told to', async (cli) => {
  const { data, text } = await turnOf(cli, '@demo {"text":"said by the demo model"}');
  expect({ text, outcome: data['outcome'] }).toEqual({ text: 'said by the demo model', outcome: 'done' });
  expect(callsTo(cli)).toEqual([]);
});

test.each(CLIS)('%s in a box reaches its provider with the key that only the gateway has', async (cli) => {
  const { provider, model, path } = AGENTS[cli];
  expect(await hive.hivectl(['provider', 'set', provider], `${KEYS[provider]}\n`)).toMatchObject({ code: 0 });
  const { data, text } = await turnOf(cli, 'hello');
  expect({ text, outcome: data['outcome'] }).toEqual({ text: `said by ${provider}`, outcome: 'done' });

  const calls = callsTo(cli);
  expect(calls.map((call) => call.path)).toEqual([path]);
  const headers = JSON.stringify(calls[0]?.headers);
  expect(headers).toContain(KEYS[provider]);
  expect(headers).not.toContain(PLACEHOLDER);
  if (provider !== 'gemini') expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({ model, stream: true });

  const recorded = await hive.calls(1, (event) => event.agent === cli && event.data['turn'] === data['turn']);
  expect(recorded).toHaveLength(1);
  expect(recorded[0]?.data).toMatchObject({
    provider,
    turn: data['turn'],
    status: 200,
    estimated: false,
    usage: { inputTokens: 600, cacheReadTokens: 400, outputTokens: 120 },
    reasoningTokens: 20,
  });
  const cost = await hive.hivectl(['cost', 'today', '--by', 'agent', '--json']);
  const { rows } = JSON.parse(cost.stdout) as { rows: { key: string; usage: { outputTokens: number } }[] };
  expect(rows.find(({ key }) => key === cli)?.usage.outputTokens).toBeGreaterThanOrEqual(120);
});

test.each(['codex', 'gemini'] as const)('%s ends at a limit, and its agent waits until the limit ends', async (cli) => {
  const { provider } = AGENTS[cli];
  upstream.limited.add(provider);
  const before = callsTo(cli).length;
  const { data, text } = await turnOf(cli, 'hello at the limit');
  expect(text).toMatch(cli === 'codex' ? /ended with 1: .*429/s : /ended with 173: /);
  expect(data['outcome']).toBe('rate_limited');
  expect(callsTo(cli)).toHaveLength(before + 1);
  const limit = await hive.event(
    ({ kind, data: said }) => kind === 'provider.limited' && said['provider'] === provider,
  );
  expect(Number(limit.data['until'])).toBeGreaterThan(Date.now());
  const { agents } = await hive.admin.call('listAgents', {});
  expect(agents.find(({ name }) => name === cli)).toMatchObject({ state: 'rate_limited', queued: 1 });
});

test('opencode waits for the end of a limit in silence, until it is interrupted', async () => {
  upstream.limited.add('lab');
  const before = callsTo('opencode').length;
  await hive.admin.call('send', { to: 'opencode', body: 'hello at the limit' });
  await hive.event(({ kind, data }) => kind === 'provider.limited' && data['provider'] === 'lab');
  expect(await hive.hivectl(['interrupt', 'opencode', '--drop'])).toMatchObject({ code: 0 });
  await hive.event(
    ({ kind, agent, data }) => kind === 'turn.finished' && agent === 'opencode' && data['outcome'] === 'interrupted',
  );
  expect(callsTo('opencode')).toHaveLength(before + 1);
});

test('no CLI connects to anything else; opencode asks for the npm registry', async () => {
  const { stdout } = await hive.hivectl(['egress', 'log', '--json']);
  const { connections } = JSON.parse(stdout) as { connections: { agent: string; host: string; verdict: string }[] };
  const asked = connections.map(({ agent, host, verdict }) => `${agent}: ${host} ${verdict}`);
  expect(new Set(asked)).toEqual(new Set(['opencode: registry.npmjs.org refused']));
});

test('no key is in a box, a transcript, a log, an export or a file of the hive, in any usual encoding', async () => {
  // Vulnerability: CLIs write what they know about their provider into sessions, logs and telemetry.
  // Scenario: three CLIs have made calls, and met limits. Then everything that they and the hive wrote is searched.
  const needles = Object.values(KEYS).flatMap(needlesOf);
  for (const cli of CLIS) {
    const { found, files, processes } = await searchBox(hive, cli, needles);
    expect(found).toEqual([]);
    expect(files).toBeGreaterThan(5);
    expect(processes).toBeGreaterThanOrEqual(2);
    // The search sees the CLI's own files: the answer is in its session.
    const sessions = await searchBox(hive, cli, `said by ${AGENTS[cli].provider}`);
    expect(sessions.found.some((path) => path.startsWith(`/agents/${cli}/state/`))).toBe(true);
  }
  const bytes = needles.map((needle) => Buffer.from(needle));
  const findIn = (text: Buffer) => bytes.filter((needle) => text.includes(needle)).map(String);
  const keyFiles = join(hive.root, 'secrets');
  for (const path of [...(await filesBelow(hive.root)), ...(await filesBelow(hive.run))])
    if (!path.startsWith(keyFiles)) expect([path, findIn(await readFile(path))]).toEqual([path, []]);
  for (const args of [
    ...CLIS.map((cli) => ['logs', cli]),
    ['events', '--json'],
    ['export'],
    ['inbox', '--json'],
    ['thread', '--json'],
    ['provider', 'ls', '--json'],
    ['egress', 'log', '--json'],
    ['status', '--json'],
    ['doctor'],
  ]) {
    const { stdout, stderr } = await hive.hivectl(args);
    expect([args, findIn(Buffer.from(stdout + stderr))]).toEqual([args, []]);
  }
  const boxes = await Promise.all((await hive.containers()).map((box) => new Docker().getContainer(box.Id).inspect()));
  expect(boxes).toHaveLength(4);
  expect(findIn(Buffer.from(JSON.stringify(boxes)))).toEqual([]);
});

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
