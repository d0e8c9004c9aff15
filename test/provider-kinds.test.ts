import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MockProvider, startMockProvider } from '../host/gateway/fixtures/mock-provider.ts';
import { messages } from '../host/gateway/fixtures/run-gateway.ts';
import { STREAM } from '../host/gateway/protocols/anthropic/fixtures/answers.ts';
import { searchBox } from './support/search-box.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// The real Claude Code in a real box, answered by another maker's API, by several keys, and by a subscription's token.
const KEY = `sk-lab-${'0123456789abcdef'.repeat(3)}`;
const SECOND = `sk-lab-second-${'fedcba9876543210'.repeat(3)}`;
const TOKEN = `sk-ant-oat01-${'a1b2c3d4e5f60718'.repeat(5)}`;
let hive: TestHive;
let upstream: MockProvider;
/** The keys that have reached a limit. */
const limited = new Set<string>();

beforeAll(async () => {
  upstream = await startMockProvider(STREAM);
  upstream.answer = (response, request) => {
    if (request.method === 'GET') {
      response.writeHead(404, { 'content-type': 'application/json' });
      return void response.end('{"detail":"Not Found"}');
    }
    if (limited.has(String(request.headers['x-api-key']))) {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '3600' });
      return void response.end('{"type":"error","error":{"type":"rate_limit_error","message":"too many"}}');
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(STREAM.join(''));
  };
  hive = await openTestHive({
    agents: ['manager', 'scout'],
    config: { providers: { anthropic: { base_url: upstream.url } } },
  });
  await hive.start();
  await hive.allIdle();
});
afterAll(async () => {
  await hive.close();
  await upstream.close();
});

/** Sends the scout a message; the end of the turn about it, and the calls that reached the upstream meanwhile. */
async function turnAbout(body: string) {
  const before = upstream.seen.length;
  const { id } = await hive.admin.call('send', { to: 'scout', body });
  const { data } = await hive.event(
    (event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id),
  );
  return { data, calls: upstream.seen.slice(before).filter(({ method }) => method === 'POST') };
}

test('by an Anthropic-compatible API: declared, used, renamed; not removed while an agent is on it', async () => {
  const add = ['provider', 'add', 'lab', '--kind', 'anthropic-compatible'];
  expect(await hive.hivectl(add, `${KEY}\n`)).toMatchObject({ code: 64, stderr: expect.stringContaining('--url') });
  expect(await hive.hivectl([...add, '--url', `${upstream.url}/api`], `${KEY}\n`)).toMatchObject({ code: 0 });
  expect(await hive.hivectl(['edit', 'scout', '--provider', 'lab'])).toMatchObject({ code: 0 });
  const { data, calls } = await turnAbout('hello by the lab');
  expect(data).toMatchObject({ outcome: 'done' });
  expect(calls[0]).toMatchObject({ path: '/api/v1/messages?beta=true' });
  expect(calls[0]?.headers).toMatchObject({
    'x-api-key': KEY,
    authorization: `Bearer ${KEY}`,
    'user-agent': expect.stringContaining('claude-cli/') as string,
  });
  const used = await hive.event(({ kind, data: said }) => kind === 'usage.recorded' && said['provider'] === 'lab');
  expect(used.data).toMatchObject({ usage: { inputTokens: 100, outputTokens: 50, costUsd: null } });

  const refused = await hive.hivectl(['provider', 'remove', 'lab']);
  expect(refused).toMatchObject({ code: 75, stderr: expect.stringContaining('These agents are on lab: scout.') });
  expect(await hive.hivectl(['provider', 'rename', 'lab', 'den'])).toMatchObject({ code: 0 });
  const again = await turnAbout('hello by the den');
  expect(again.data).toMatchObject({ outcome: 'done' });
  expect(again.calls[0]?.headers).toMatchObject({ 'x-api-key': KEY });
});

test('by the next of its keys when one meets a limit: nobody waits, and nobody is told', async () => {
  expect(await hive.hivectl(['provider', 'set', 'den', '--add'], `${SECOND}\n`)).toMatchObject({ code: 0 });
  limited.add(KEY);
  const first = await turnAbout('the first key meets its limit');
  expect(first.data).toMatchObject({ outcome: 'done' });
  expect(first.calls.map(({ headers }) => headers['x-api-key'])).toEqual([KEY, SECOND]);
  const next = await turnAbout('the second one is used at once');
  expect(next.calls.map(({ headers }) => headers['x-api-key'])).toEqual([SECOND]);
  expect(await hive.events('provider.limited')).toEqual([]);
  const { stdout } = await hive.hivectl(['provider', 'ls']);
  expect(stdout).toMatch(/den +anthropic-compatible .* 2 keys/);
  expect(stdout).toMatch(/den: key "key-2" \([0-9a-f]{8}\)/);
});

test("by a subscription's token: as a bearer, for Claude Code alone, and never in a box", async () => {
  const set = ['provider', 'set', 'anthropic', '--setup-token'];
  const wrong = await hive.hivectl(set, `${KEY}\n`);
  expect(wrong).toMatchObject({ code: 64, stderr: expect.stringContaining('claude setup-token') });
  expect(await hive.hivectl(set, `${TOKEN}\n`)).toMatchObject({ code: 0 });
  expect(await hive.hivectl(['edit', 'scout', '--provider', 'anthropic'])).toMatchObject({ code: 0 });
  const { data, calls } = await turnAbout('hello by subscription');
  expect(data).toMatchObject({ outcome: 'done' });
  expect(calls[0]?.path).toBe('/v1/messages?beta=true');
  const headers = calls[0]?.headers;
  expect(headers?.authorization).toBe(`Bearer ${TOKEN}`);
  expect(headers).not.toHaveProperty('x-api-key');
  expect(headers?.['anthropic-beta']).toMatch(/claude-code-\d+.*oauth-2025-04-20/);

  // Another program in the same box.
  const before = upstream.seen.length;
  const given = Buffer.from(messages('hi')).toString('base64');
  const script = `fetch('http://127.0.0.1:7003/v1/messages', { method: 'POST', headers: { 'content-type': 'application/json' }, body: Buffer.from('${given}', 'base64') })
    .then(async (answer) => console.log(answer.status + ' ' + (await answer.text())))`;
  const { output } = await hive.inBox('scout', ['/opt/hive/node/bin/node', '-e', script]);
  expect(output).toMatch(/^403 .*permission_error.*a token or a login\), which is for calls of its own client alone/);
  expect(upstream.seen).toHaveLength(before);

  for (const agent of ['scout', 'manager']) expect(await searchBox(hive, agent, TOKEN)).toMatchObject({ found: [] });
  // The agents are elsewhere now, so the provider can go.
  expect(await hive.hivectl(['provider', 'remove', 'den'])).toMatchObject({ code: 0 });
});
