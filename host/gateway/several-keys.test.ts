import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULT_PROVIDER, type ProviderName } from '../../protocol/providers.ts';
import { priceOf } from './fixtures/prices.ts';
import { type MockProvider, startMockProvider } from './fixtures/mock-provider.ts';
import { MANAGER, messages, runGateway, type RunningGateway, SCOUT } from './fixtures/run-gateway.ts';
import { STREAM } from './protocols/anthropic/fixtures/answers.ts';

const KEYS = { a: 'sk-the-key-a', b: 'sk-the-key-b' };
const START = 1_800_000_000_000;
const TOKEN = 'sk-ant-oat01-a-token';
const OWN_CLIENT = { 'x-app': 'cli', 'user-agent': 'claude-cli/2.1.197 (external, sdk-cli)' };

let upstream: MockProvider;
let hive: RunningGateway;
let time: number;
/** How each key is answered; without a word, well. */
let answers: Record<string, (response: ServerResponse) => void>;
beforeEach(async () => {
  time = START;
  answers = {};
  upstream = await startMockProvider(STREAM);
  upstream.answer = (response, request) => (answers[keyOf(request.headers)] ?? well())(response);
  hive = await runGateway({ baseUrl: upstream.url, key: null, now: () => time });
  await hive.setKeys(DEFAULT_PROVIDER, KEYS);
});
afterEach(async () => {
  await hive.stop();
  await upstream.close();
  expect(JSON.stringify([hive.logs, hive.records()])).not.toContain('sk-the-key');
});

const keyOf = (headers: IncomingMessage['headers']) => String(headers['x-api-key'] ?? headers.authorization);
const well =
  (headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'text/event-stream', ...headers }).end(STREAM.join(''));
const limitedFor = (seconds: number) => (response: ServerResponse) =>
  void response.writeHead(429, { 'retry-after': String(seconds) }).end('{"type":"error"}');
const refuse = (response: ServerResponse) => void response.writeHead(401).end('{"type":"error"}');
const asked = () => upstream.seen.map(({ headers }) => keyOf(headers));
async function call(agent = SCOUT, headers: Record<string, string> = {}) {
  const answer = await hive.ask(agent, { body: messages('hi'), headers });
  const text = await answer.body.text();
  return { status: answer.statusCode, after: answer.headers['retry-after'], text };
}

test('two agents use two keys, and each stays on its own', async () => {
  for (let times = 0; times < 3; times += 1) {
    await call(SCOUT);
    await call(MANAGER);
  }
  expect(asked()).toEqual([KEYS.a, KEYS.b, KEYS.a, KEYS.b, KEYS.a, KEYS.b]);
});

test('a key that meets a limit is followed by the next one in the same call; it is used again when the limit ends', async () => {
  answers[KEYS.a] = limitedFor(120);
  expect(await call()).toMatchObject({ status: 200, text: STREAM.join('') });
  expect(await call()).toMatchObject({ status: 200 });
  expect(asked()).toEqual([KEYS.a, KEYS.b, KEYS.b]);
  expect(upstream.seen[1]?.body).toBe(messages('hi'));
  delete answers[KEYS.a];
  time += 120_000;
  await call(MANAGER);
  expect(asked().at(-1)).toBe(KEYS.a);
  // One call each, however many keys it took; the limit is known as the key's alone, since nobody was kept waiting.
  await vi.waitFor(() => expect(hive.records()).toHaveLength(3));
  expect(hive.around.started).toHaveLength(3);
  expect(hive.around.limits).toMatchObject([{ key: 'a', isOfKeyOnly: true, until: START + 120_000 }]);
});

test('when limits hold on all keys the box and hived are told once, with the end of the first of them', async () => {
  answers[KEYS.a] = limitedFor(120);
  answers[KEYS.b] = limitedFor(600);
  expect(await call()).toMatchObject({ status: 429 });
  expect(await call(MANAGER)).toMatchObject({ status: 429, after: '120' });
  expect(asked()).toEqual([KEYS.a, KEYS.b]);
  const until = START + 120_000;
  const ofAll = hive.around.limits.filter(({ isOfKeyOnly }) => !isOfKeyOnly);
  expect(ofAll).toMatchObject([
    { agent: SCOUT, key: null, until },
    { agent: MANAGER, key: null, until },
  ]);
  delete answers[KEYS.a];
  time = until;
  expect(await call()).toMatchObject({ status: 200 });
  expect(asked().at(-1)).toBe(KEYS.a);
});

test('a refused key is followed by the next one, is told with its label, and is used by no later call', async () => {
  answers[KEYS.a] = refuse;
  expect(await call()).toMatchObject({ status: 200 });
  expect(await call()).toMatchObject({ status: 200 });
  time += 3_600_000;
  expect(await call()).toMatchObject({ status: 200 });
  expect(asked()).toEqual([KEYS.a, KEYS.b, KEYS.b, KEYS.b]);
  await vi.waitFor(() =>
    expect(hive.around.keyReports).toContainEqual({ provider: 'anthropic', key: 'a', state: 'refused', status: 401 }),
  );
  answers[KEYS.b] = refuse;
  expect(await call()).toMatchObject({ status: 401 });
  expect((await call()).text).toContain('hivectl provider set anthropic');
});

test('an overloaded provider is the same for every key: the box is told', async () => {
  answers[KEYS.a] = (response) => void response.writeHead(529).end('{"type":"error"}');
  expect(await call()).toMatchObject({ status: 529 });
  expect(asked()).toEqual([KEYS.a]);
});

test('the key with most left of its limits is preferred, as its answers say, until its counters have turned', async () => {
  const counters = { 'anthropic-ratelimit-tokens-limit': '1000', 'anthropic-ratelimit-tokens-remaining': '100' };
  answers[KEYS.a] = well(counters);
  for (let times = 0; times < 3; times += 1) await call();
  expect(asked()).toEqual([KEYS.a, KEYS.b, KEYS.b]);
});

test('a key that is set anew is another account, the others keep what is known of them', async () => {
  answers[KEYS.a] = limitedFor(3_600);
  answers[KEYS.b] = limitedFor(3_600);
  await call();
  const NEW = 'sk-the-key-c';
  await hive.setKeys(DEFAULT_PROVIDER, { ...KEYS, b: NEW });
  expect(await call()).toMatchObject({ status: 200 });
  expect(asked()).toEqual([KEYS.a, KEYS.b, NEW]);
});

describe('a key that is replaced while its call is under way', () => {
  const NEW = 'sk-the-key-c';
  /** The provider answers only when the new key is set. */
  const replaced = (then: (response: ServerResponse) => void) => (response: ServerResponse) =>
    void hive.setKeys(DEFAULT_PROVIDER, { a: NEW }).then(() => then(response));

  test.each([
    ['is refused', refuse],
    ['meets a limit', limitedFor(3_600)],
  ])('and %s: the call is made with the new one, of which nothing is said', async (_, then) => {
    await hive.setKeys(DEFAULT_PROVIDER, { a: KEYS.a });
    answers[KEYS.a] = replaced(then);
    expect(await call()).toMatchObject({ status: 200, text: STREAM.join('') });
    expect(await call()).toMatchObject({ status: 200 });
    expect(asked()).toEqual([KEYS.a, NEW, NEW]);
    expect(hive.around.limits).toEqual([]);
    await vi.waitFor(() => expect(hive.around.keyReports).toMatchObject([{ key: 'a', state: 'accepted' }]));
  });

  test('or removed with others: none of them is used', async () => {
    answers[KEYS.a] = (response) =>
      void hive.setKeys(DEFAULT_PROVIDER, { c: NEW }).then(() => limitedFor(3_600)(response));
    expect(await call()).toMatchObject({ status: 200 });
    expect(asked()).toEqual([KEYS.a, NEW]);
  });

  test('and it waited for a budget: the old one is not used', async () => {
    await hive.setKeys(DEFAULT_PROVIDER, { a: KEYS.a });
    const budget = { id: 1, window: 0, agents: [SCOUT, MANAGER], unit: 'tokens' as const, spent: 0, words: 'Used up.' };
    const line = { type: 'budgets' as const, instance: '' as const, upTo: 0, budgets: [{ ...budget, amount: 10_000 }] };
    await hive.gateway.apply(line);
    let finish: () => void = () => undefined;
    answers[KEYS.a] = (response) => (finish = () => well()(response));
    const first = call();
    await vi.waitFor(() => expect(upstream.seen).toHaveLength(1));
    const second = call(MANAGER);
    await vi.waitFor(() => expect(hive.logs.join('')).toContain('a call waits for what others have reserved'));
    await hive.setKeys(DEFAULT_PROVIDER, { a: NEW });
    finish();
    expect((await first).status).toBe(200);
    expect((await second).status).toBe(200);
    expect(asked()).toEqual([KEYS.a, NEW]);
  });
});

test("a subscription's token serves its own client; others use a key, and are refused when there is none", async () => {
  await hive.setKeys(DEFAULT_PROVIDER, { token: TOKEN, a: KEYS.a });
  await call(SCOUT, OWN_CLIENT);
  await call(MANAGER);
  expect(asked()).toEqual([`Bearer ${TOKEN}`, KEYS.a]);
  await hive.setKeys(DEFAULT_PROVIDER, { token: TOKEN });
  const refused = await call(MANAGER);
  expect(refused.status).toBe(403);
  expect(JSON.parse(refused.text)).toMatchObject({ error: { type: 'permission_error' } });
  expect(upstream.seen).toHaveLength(2);
});

const LAB = 'lab' as ProviderName;

test('a compatible provider with prices in the hive has a cost, and a budget in dollars lets its calls pass', async () => {
  const lab = await runGateway({
    baseUrl: upstream.url,
    key: KEYS.a,
    added: { name: LAB, kind: 'anthropic-compatible' },
    scoutsProvider: LAB,
    prices: [{ ...priceOf('lab', 'claude-*', { input: 1, output: 2 }), origin: 'own' }],
  });
  const budget = { id: 1, window: 0, agents: [SCOUT], unit: 'usd' as const, amount: 1, spent: 0, words: 'Used up.' };
  await lab.gateway.apply({ type: 'budgets', instance: '', upTo: 0, budgets: [budget] });
  const answer = await lab.ask(SCOUT, { body: messages('hi') });
  expect([answer.statusCode, await answer.body.text()]).toEqual([200, STREAM.join('')]);
  const costUsd = (100 + 50 * 2 + 2000 * 0.1 + 200 * 1.25 + 100 * 2) / 1e6;
  await vi.waitFor(() => expect(lab.records()).toMatchObject([{ provider: 'lab', usage: { costUsd } }]));
  await lab.stop();
});

test('a compatible provider is called at its own address, in its protocol, without a known price', async () => {
  const lab = await runGateway({
    baseUrl: `${upstream.url}/v9`,
    key: KEYS.a,
    added: { name: LAB, kind: 'anthropic-compatible' },
    scoutsProvider: LAB,
  });
  const answer = await lab.ask(SCOUT, { body: messages('hi') });
  expect(await answer.body.text()).toBe(STREAM.join(''));
  expect(upstream.seen[0]).toMatchObject({ path: '/v9/v1/messages?beta=true' });
  expect(upstream.seen[0]?.headers).toMatchObject({ 'x-api-key': KEYS.a, authorization: `Bearer ${KEYS.a}` });
  await vi.waitFor(() => expect(lab.records()).toMatchObject([{ provider: 'lab', usage: { costUsd: null } }]));
  const other = await lab.ask(SCOUT, { path: '/v1/chat/completions', body: '{}' });
  expect(await other.body.text()).toContain('provider is lab, which does not speak');
  await lab.stop();
});
