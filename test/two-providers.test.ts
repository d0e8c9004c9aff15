import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MockProvider, startMockProvider } from '../host/gateway/fixtures/mock-provider.ts';
import { chat, messages } from '../host/gateway/fixtures/run-gateway.ts';
import { STREAM as ANTHROPIC_STREAM } from '../host/gateway/protocols/anthropic/fixtures/answers.ts';
import { PLAIN_STREAM, STREAM as OPENAI_STREAM } from '../host/gateway/protocols/openai-chat/fixtures/answers.ts';
import type { HiveEvent } from '../protocol/schemas/event.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// One hive, two agents, two providers: each agent calls on its own socket, from its own box, and is answered by its own
// provider.
const KEYS = { anthropic: `sk-ant-api03-${'a'.repeat(40)}`, openai: `sk-proj-${'o'.repeat(40)}` };
/** What each agent's spec names: it may use no other model. */
const MODELS = { manager: 'sonnet', coder: 'gpt-5-mini' };
const MESSAGES = '/v1/messages';
const CHAT = '/v1/chat/completions';
let hive: TestHive;
let upstream: MockProvider;

beforeAll(async () => {
  upstream = await startMockProvider(OPENAI_STREAM);
  upstream.answer = (response, request) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' });
      return void response.end('{"object":"list","data":[{"id":"gpt-5-mini"}]}');
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end((request.url?.startsWith('/openai/') === true ? OPENAI_STREAM : ANTHROPIC_STREAM).join(''));
  };
  hive = await openTestHive({
    agents: ['manager', 'coder'],
    config: {
      providers: { anthropic: { base_url: upstream.url }, openai: { base_url: `${upstream.url}/openai/v1` } },
    },
  });
  await hive.start();
  await hive.allIdle();
  expect(await hive.hivectl(['edit', 'coder', '--provider', 'openai', '--model', MODELS.coder])).toMatchObject({
    code: 0,
  });
});
afterAll(async () => {
  await hive.close();
  await upstream.close();
});

/** Calls the gateway from inside an agent's box, as its CLI would. */
async function askIn(agent: string, path: string, body: string): Promise<{ status: number; text: string }> {
  const given = Buffer.from(body).toString('base64');
  const script = `fetch('http://127.0.0.1:7003${path}', { method: 'POST', headers: { 'content-type': 'application/json' }, body: Buffer.from('${given}', 'base64') })
    .then(async (answer) => process.stdout.write(Buffer.from(JSON.stringify({ status: answer.status, text: await answer.text() })).toString('base64')))`;
  const { output } = await hive.inBox(agent, ['/opt/hive/node/bin/node', '-e', script]);
  return JSON.parse(Buffer.from(output.trim(), 'base64').toString()) as { status: number; text: string };
}

/** The recorded calls of an agent, once there are this many. */
const recorded = (agent: string, count: number) => hive.calls(count, (event) => event.agent === agent);
const providerOf = ({ data }: HiveEvent) => data['provider'];

test('without keys the demo model answers each agent, in either protocol', async () => {
  const prompt = '@demo {"text":"as it was told to"}';
  for (const [agent, model] of Object.entries(MODELS)) {
    const plain = { stream: false, model };
    expect(JSON.parse((await askIn(agent, MESSAGES, messages(prompt, plain))).text)).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: 'as it was told to' }],
    });
    expect(JSON.parse((await askIn(agent, CHAT, chat(prompt, plain))).text)).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: 'as it was told to' } }],
    });
    const calls = await recorded(agent, 2);
    expect(calls.map(providerOf)).toEqual(['demo', 'demo']);
    expect(calls[0]?.data).toMatchObject({ usage: { costUsd: 0 } });
  }
  expect(upstream.seen).toEqual([]);
});

test('with keys each agent is answered by its own provider, and counted under its name', async () => {
  for (const [provider, key] of Object.entries(KEYS))
    expect(await hive.hivectl(['provider', 'set', provider], `${key}\n`)).toMatchObject({ code: 0 });
  const provider = await hive.hivectl(['provider', 'ls']);
  expect(provider.stdout).toMatch(
    /anthropic +anthropic .* set .* yes +1\nopenai +openai .* set .* yes +1\ngemini +gemini .* none\ndemo +none/,
  );
  expect(await hive.hivectl(['provider', 'test', 'openai'])).toMatchObject({
    code: 0,
    stdout: `✔ ${upstream.url}/openai/v1 takes the key\n`,
  });
  upstream.seen.length = 0;

  expect((await askIn('manager', MESSAGES, messages('hi'))).text).toBe(ANTHROPIC_STREAM.join(''));
  expect((await askIn('coder', CHAT, chat('hi'))).text).toBe(PLAIN_STREAM.join(''));
  expect(upstream.seen.map(({ path }) => path)).toEqual(['/v1/messages', '/openai/v1/chat/completions']);
  expect(upstream.seen[0]?.headers).toMatchObject({ 'x-api-key': KEYS.anthropic });
  expect(upstream.seen[1]?.headers).toMatchObject({ authorization: `Bearer ${KEYS.openai}` });
  const wrong = await askIn('coder', MESSAGES, messages('hi'));
  expect([wrong.status, wrong.text]).toEqual([404, expect.stringContaining('OpenAI, which does not speak')]);

  const own = (await recorded('manager', 3)).at(-1);
  expect(own?.data).toMatchObject({ provider: 'anthropic', usage: { inputTokens: 100, outputTokens: 50 } });
  const others = (await recorded('coder', 3)).at(-1);
  expect(others?.data).toMatchObject({
    provider: 'openai',
    model: 'gpt-5-mini-2026-08-07',
    usage: { inputTokens: 600, cacheReadTokens: 400, outputTokens: 120, costUsd: null },
    reasoningTokens: 20,
  });
  expect((await hive.hivectl(['ps', 'coder'])).stdout).toMatch(/model +gpt-5-mini by openai/);
  expect((await hive.hivectl(['ps', 'manager'])).stdout).toMatch(/model +sonnet by anthropic/);
});

test('removing a key affects only that provider’s agents', async () => {
  expect(await hive.hivectl(['provider', 'remove', 'openai'])).toMatchObject({ code: 0 });
  const refused = await askIn('coder', CHAT, chat('hi'));
  expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('hivectl provider set openai')]);
  expect((await askIn('manager', MESSAGES, messages('hi'))).status).toBe(200);
  const { stdout } = await hive.hivectl(['status']);
  expect(stdout).toMatch(/model +anthropic\n +openai: no key is set: hivectl provider set openai/);
  // Another provider from the next call on, without a new box.
  expect(await hive.hivectl(['edit', 'coder', '--provider', 'anthropic', '--model', 'sonnet'])).toMatchObject({
    code: 0,
  });
  expect((await askIn('coder', MESSAGES, messages('hi'))).status).toBe(200);
  expect((await recorded('coder', 4)).map(providerOf)).toEqual(['demo', 'demo', 'openai', 'anthropic']);
});
