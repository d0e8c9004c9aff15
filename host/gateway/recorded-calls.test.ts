import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type MockProvider, startMockProvider } from './fixtures/mock-provider.ts';
import { MANAGER, messages, runGateway, type RunningGateway } from './fixtures/run-gateway.ts';
import { STREAM } from './protocols/anthropic/fixtures/answers.ts';
import { DEFAULT_LIMITS } from './config.ts';

// What a provider may charge is on hived's disk before the provider can begin to work on it.

let upstream: MockProvider;
let hive: RunningGateway;
async function start(recordMs = DEFAULT_LIMITS.recordMs): Promise<void> {
  hive = await runGateway({ baseUrl: upstream.url, key: 'sk-the-hives-own-key', limits: { recordMs } });
}
beforeEach(async () => {
  upstream = await startMockProvider(STREAM);
});
afterEach(async () => {
  await hive.stop();
  await upstream.close();
});

/** hived reads reports, and stores none until the returned function is called. */
function holdHived(): () => void {
  let release = (): void => undefined;
  hive.around.holdUsage = new Promise<void>((resolve) => {
    release = resolve;
  });
  return release;
}
const askModel = () => hive.ask(MANAGER, { body: messages('hi') });
/** A call that is free, and so needs no record: whatever was sent before it has reached the provider, too. */
async function askForList(): Promise<void> {
  await (await hive.ask(MANAGER, { method: 'GET', path: '/v1/models', headers: {} })).body.dump();
}
/** Requests that the provider could work on: it has all of the body. */
const callsSeen = () => upstream.seen.filter(({ method, body }) => method === 'POST' && body !== '').length;

test('a call reaches the provider only when hived has stored that it begins', async () => {
  await start();
  const release = holdHived();
  const asked = askModel();
  await vi.waitFor(() => expect(hive.around.usageHeld).toBe(1));
  await askForList();
  expect(callsSeen()).toBe(0);
  upstream.answer = (response) => {
    expect(hive.around.started).toHaveLength(1);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(STREAM.join(''));
  };
  release();
  const answer = await asked;
  expect(await answer.body.text()).toBe(STREAM.join(''));
  expect(callsSeen()).toBe(1);
});

test('calls that begin while hived is away are made when it is back, each stored once', async () => {
  await start();
  await hive.around.stopHived();
  const asked = [askModel(), askModel()];
  await vi.waitFor(() => expect(hive.logs.some((line) => line.includes('hived takes no reports'))).toBe(true));
  await askForList();
  expect(callsSeen()).toBe(0);
  await hive.around.startHived();
  for (const answer of await Promise.all(asked)) expect(answer.statusCode).toBe(200);
  expect(new Set(hive.around.started.map(({ id }) => id)).size).toBe(2);
});

test('a call that hived does not store in time is refused, costs nothing, and is closed in the books later', async () => {
  await start(1);
  const release = holdHived();
  const answer = await askModel();
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
  expect(await answer.body.json()).toMatchObject({ error: { message: expect.stringContaining('could not record') } });
  await askForList();
  expect(callsSeen()).toBe(0);
  release();
  await vi.waitFor(() => expect(hive.records()).toHaveLength(1));
  const [record] = hive.records();
  expect(record).toMatchObject({ status: 503, usage: { inputTokens: 0, outputTokens: 0, costUsd: 0 } });
  expect(hive.around.started.map(({ id }) => id)).toEqual([record?.id]);
});

test('a call whose record hived never takes is refused', async () => {
  await start();
  hive.around.refuse = 'invalid_input';
  expect((await askModel()).statusCode).toBe(503);
  await askForList();
  expect(callsSeen()).toBe(0);
});

test('a box that leaves before the call is stored has not asked the provider', async () => {
  await start();
  const release = holdHived();
  const leaving = new AbortController();
  const asked = hive.ask(MANAGER, { body: messages('hi'), signal: leaving.signal });
  await vi.waitFor(() => expect(hive.around.usageHeld).toBe(1));
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await vi.waitFor(() => expect(hive.logs.some((line) => line.includes('"msg":"call"'))).toBe(true));
  release();
  await vi.waitFor(() => expect(hive.records()).toHaveLength(1));
  await askForList();
  expect(callsSeen()).toBe(0);
  expect(hive.records()).toMatchObject([{ status: 0, estimated: false, usage: { costUsd: 0 } }]);
});
