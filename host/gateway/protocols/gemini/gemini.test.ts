import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type MockProvider, startMockProvider } from '../../fixtures/mock-provider.ts';
import { MANAGER, runGateway, type RunningGateway, SCOUT } from '../../fixtures/run-gateway.ts';
import { ANSWERED_MODEL, asArray, chunksOf, failure, MODEL, STREAM } from './fixtures/answers.ts';
import { heardOf, sample } from './fixtures/sample.ts';
import type { ProviderName } from '../../../../protocol/providers.ts';

const GEMINI = 'gemini' as ProviderName;

const KEY = 'AIza-the-hives-own-key';
const path = (method: string, query = '') => `/v1beta/models/${MODEL}:${method}${query}`;

/** The scout is on this provider, the manager on the default one. */
let upstream: MockProvider;
let hive: RunningGateway;
beforeEach(async () => {
  upstream = await startMockProvider(STREAM);
  hive = await runGateway({ baseUrl: upstream.url, key: KEY, scoutsProvider: GEMINI });
});
afterEach(async () => {
  await hive.stop();
  await upstream.close();
  expect(JSON.stringify([hive.logs, hive.records()])).not.toContain(KEY);
});

const reported = (count: number) => vi.waitFor(() => expect(hive.records()).toHaveLength(count));
const json = (body: unknown, type = 'application/json') => {
  upstream.answer = (response) =>
    void response.writeHead(200, { 'content-type': type }).end(typeof body === 'string' ? body : JSON.stringify(body));
};

test('a call carries the hive’s key in its header, and no key in its URL', async () => {
  const answer = await hive.ask(SCOUT, {
    path: path('streamGenerateContent', '?alt=sse&key=box&%24fields=x'),
    body: sample.request('hi'),
    headers: { 'x-goog-api-key': 'box', 'x-goog-user-project': 'box', 'x-goog-api-client': 'cli' },
  });
  expect(await answer.body.text()).toBe(STREAM.join(''));
  const [seen] = upstream.seen;
  expect(seen).toMatchObject({ method: 'POST', path: path('streamGenerateContent', '?alt=sse') });
  expect(seen?.headers).toMatchObject({ 'x-goog-api-key': KEY, 'x-goog-api-client': 'cli' });
  expect(JSON.stringify(seen?.headers)).not.toContain('box');
  await reported(1);
  expect(hive.logs.join('')).not.toContain('key=box');
  expect(hive.records()[0]).toMatchObject({
    agent: SCOUT,
    provider: 'gemini',
    model: ANSWERED_MODEL,
    usage: { inputTokens: 600, outputTokens: 120, cacheReadTokens: 400, cacheWriteTokens: 0, costUsd: null },
    reasoningTokens: 20,
  });
});

test('a stream that is an array passes and is counted', async () => {
  json(asArray(chunksOf()), 'application/json; charset=UTF-8');
  const answer = await hive.ask(SCOUT, { path: path('streamGenerateContent'), body: sample.request('hi') });
  expect(await answer.body.json()).toEqual(chunksOf());
  expect(upstream.seen[0]?.path).toBe(path('streamGenerateContent'));
  await reported(1);
  expect(hive.records()[0]?.usage).toMatchObject({ inputTokens: 600, outputTokens: 120 });
});

test('counting tokens and listing models are free and not reported', async () => {
  json({ totalTokens: 5 });
  const counted = await hive.ask(SCOUT, { path: path('countTokens', '?key=box'), body: sample.request('hi') });
  expect(await counted.body.json()).toEqual({ totalTokens: 5 });
  json({ models: [{ name: 'models/m' }] });
  const list = '/v1beta/models?pageSize=7';
  const models = await hive.ask(SCOUT, { method: 'GET', path: `${list}&key=box&pageToken=a/b` });
  expect(await models.body.json()).toEqual({ models: [{ name: 'models/m' }] });
  expect(upstream.seen.map((seen) => seen.path)).toEqual([path('countTokens'), list]);
  json(sample.whole);
  await (await hive.ask(SCOUT, { path: path('generateContent'), body: sample.request('hi') })).body.dump();
  await reported(1);
});

test('a model’s name in the path does not lead anywhere else', async () => {
  json(sample.whole);
  for (const name of ['..', 'a%3Fb', '%2e%2e', 'a%23b']) {
    const given = `/v1beta/models/${name}:generateContent`;
    await (await hive.ask(SCOUT, { path: given, body: sample.request('hi') })).body.dump();
  }
  expect(upstream.seen.map((seen) => seen.path)).toEqual(
    ['..', 'a%3Fb', '..', 'a%23b'].map((name) => `/v1beta/models/${name}:generateContent`),
  );
  for (const name of ['a%2Fb', 'a/b', 'a:b', ''])
    expect((await hive.ask(SCOUT, { path: `/v1beta/models/${name}:generateContent`, body: '{}' })).statusCode).toBe(
      404,
    );
});

test('an invalid key is a bad request of the provider, and the hive knows it', async () => {
  upstream.answer = (response) =>
    void response.writeHead(400).end(JSON.stringify(failure(400, [['ErrorInfo', { reason: 'API_KEY_INVALID' }]])));
  const first = await hive.ask(SCOUT, { path: path('generateContent'), body: sample.request('hi') });
  expect([first.statusCode, first.headers['x-should-retry']]).toEqual([400, 'false']);
  const second = await hive.ask(SCOUT, { path: path('generateContent'), body: sample.request('hi') });
  expect(second.statusCode).toBe(401);
  expect(await second.body.json()).toMatchObject({ error: { code: 401, status: 'UNAUTHENTICATED' } });
  expect(upstream.seen).toHaveLength(1);
  await vi.waitFor(() =>
    expect(hive.around.keyReports).toEqual([{ provider: 'gemini', key: 'main', state: 'refused', status: 400 }]),
  );
});

test('an agent of another provider gets no answer in this protocol', async () => {
  const answer = await hive.ask(MANAGER, { path: path('generateContent'), body: sample.request('hi') });
  expect(answer.statusCode).toBe(404);
  expect(await answer.body.json()).toMatchObject({
    error: { code: 404, status: 'NOT_FOUND', message: expect.stringContaining('does not speak the Gemini API') },
  });
  expect(upstream.seen).toEqual([]);
});

test('the demo model answers with an array, too, and names itself in the list of models', async () => {
  await hive.setKey(null, true, GEMINI);
  const body = sample.request('@bash {"command":"ls"}', { tools: ['bash'] });
  const answer = await hive.ask(SCOUT, { path: path('streamGenerateContent'), body });
  expect(answer.headers['content-type']).toBe('application/json; charset=UTF-8');
  expect(heardOf((await answer.body.json()) as Parameters<typeof heardOf>[0])).toEqual({
    text: '',
    calls: [{ tool: 'bash', input: { command: 'ls' } }],
  });
  const models = await hive.ask(SCOUT, { method: 'GET', path: '/v1beta/models' });
  expect(await models.body.json()).toMatchObject({ models: [{ name: 'models/demo' }] });
  const counted = await hive.ask(SCOUT, { path: path('countTokens'), body });
  expect(await counted.body.json()).toEqual({ totalTokens: expect.any(Number) });
  await reported(1);
  expect(hive.records()[0]).toMatchObject({ provider: 'demo', model: MODEL });
});
