import { readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { type MockProvider, startMockProvider } from '../host/gateway/fixtures/mock-provider.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// The real CLI on a scripted provider whose first model is under a limit of an hour.
const PRIMARY = 'claude-sonnet-4-5';
const FALLBACK = 'deepseek-chat';
const AGENTS = ['manager', 'scout', 'coder'];
let hive: TestHive;
let provider: MockProvider;
let isLimited = true;
let answers = 0;

const named = z.object({ model: z.string() });
const modelOf = (body: string) => named.safeParse(JSON.parse(body === '' ? '{}' : body)).data?.model ?? null;
/** The models that the provider was asked for since this was last called. */
const asked = () =>
  new Set(
    provider.seen
      .splice(0)
      .map(({ body }) => modelOf(body))
      .filter((model) => model !== null),
  );

beforeAll(async () => {
  provider = await startMockProvider([]);
  provider.answer = (response, request) => {
    if (request.url?.includes('count_tokens') === true) return void response.writeHead(200).end('{"input_tokens":10}');
    const model = modelOf(provider.seen.find(({ headers }) => headers === request.headers)?.body ?? '');
    if (model === PRIMARY && isLimited)
      return void response
        .writeHead(429, { 'content-type': 'application/json', 'retry-after': '3600' })
        .end('{"type":"error","error":{"type":"rate_limit_error","message":"Enough for now."}}');
    return streamAnswer(response, model ?? '');
  };
  hive = await openTestHive({
    agents: AGENTS,
    config: {
      providers: {
        anthropic: { base_url: provider.url },
        deepseek: { kind: 'anthropic-compatible', base_url: provider.url },
      },
      models: { worker: [`anthropic/${PRIMARY}`, `deepseek/${FALLBACK}`] },
      defaults: { model: 'worker' },
    },
  });
  await hive.start();
  for (const name of ['anthropic', 'deepseek'])
    expect(await hive.hivectl(['provider', 'set', name], `sk-ant-a-key-of-${name}\n`)).toMatchObject({ code: 0 });
  await hive.allIdle();
});
afterAll(async () => {
  await hive.close();
  await provider.close();
});

function streamAnswer(response: ServerResponse, model: string): void {
  answers += 1;
  const send = (data: { type: string; [field: string]: unknown }) =>
    response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const usage = { input_tokens: 2_000, output_tokens: 1 };
  const message = { id: `msg_${answers}`, type: 'message', role: 'assistant', model, content: [], usage };
  send({ type: 'message_start', message });
  send({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
  send({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: `Said by ${model}.` } });
  send({ type: 'content_block_stop', index: 0 });
  send({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 60 } });
  send({ type: 'message_stop' });
  response.end();
}

/** Ends of turns that were looked at. */
const seen = new Set<number>();
const finished = (agent: string) =>
  hive.event((event) => event.kind === 'turn.finished' && event.agent === agent && !seen.has(event.seq));
/** Sends every agent a message, and returns how their turns ended. */
async function work(): Promise<{ outcome: unknown; text: unknown }[]> {
  await Promise.all(AGENTS.map((to) => hive.admin.call('send', { to, body: 'work' })));
  const ends = await Promise.all(AGENTS.map(finished));
  for (const { seq } of ends) seen.add(seq);
  return ends.map(({ data }) => ({ outcome: data['outcome'], text: data['text'] }));
}

test('agents whose model has a fallback do not wait for a limit: their turns are done by it, and events say so', async () => {
  expect(await work()).toEqual(AGENTS.map(() => ({ outcome: 'done', text: `Said by ${FALLBACK}.` })));
  // The CLI asks for the first entry by its own name, and the gateway for the other one.
  expect(asked()).toEqual(new Set([PRIMARY, FALLBACK]));
  const counted = await hive.event(
    (event) => event.kind === 'usage.recorded' && event.data['insteadOf'] === `anthropic/${PRIMARY}`,
  );
  expect(counted.data).toMatchObject({ provider: 'deepseek', model: FALLBACK, status: 200 });
  const limited = await hive.event((event) => event.kind === 'provider.limited');
  expect(limited.data).toMatchObject({ provider: 'anthropic', modelClass: 'sonnet' });
  expect((await hive.hivectl(['inbox'])).stdout).toContain(`go on with it until then (now deepseek/${FALLBACK})`);
  const { stdout } = await hive.hivectl(['models']);
  expect(stdout).toMatch(/worker +anthropic\/claude-sonnet-4-5 +under a limit, ends in/);
  expect(stdout).toMatch(/deepseek\/deepseek-chat +yes +ready/);
  expect((await hive.hivectl(['ps', 'scout'])).stdout).toContain(
    `worker (anthropic/${PRIMARY}, else deepseek/${FALLBACK})`,
  );
  // From now on nobody tries the first one.
  expect(await work()).toEqual(AGENTS.map(() => ({ outcome: 'done', text: `Said by ${FALLBACK}.` })));
  expect(asked()).toEqual(new Set([FALLBACK]));
});

test('the first entry answers again when the account changes; the agents keep their conversations', async () => {
  isLimited = false;
  const sessions = (await hive.admin.call('listAgents', {})).agents.map(({ sessionId }) => sessionId);
  expect(await hive.hivectl(['provider', 'set', 'anthropic'], 'sk-ant-another-key\n')).toMatchObject({ code: 0 });
  expect(await work()).toEqual(AGENTS.map(() => ({ outcome: 'done', text: `Said by ${PRIMARY}.` })));
  expect(asked()).toEqual(new Set([PRIMARY]));
  expect((await hive.admin.call('listAgents', {})).agents.map(({ sessionId }) => sessionId)).toEqual(sessions);
});

test('a change of the names reaches running harnesses: a restarted hive is answered by the new model', async () => {
  await hive.kill();
  const file = join(hive.root, 'config.yaml');
  const config = parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, stringify({ ...config, models: { worker: [`deepseek/${FALLBACK}`] } }));
  await hive.start();
  await hive.allIdle();
  expect(await work()).toEqual(AGENTS.map(() => ({ outcome: 'done', text: `Said by ${FALLBACK}.` })));
});
