import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { type GatewayMoment, MOST_LISTED } from '../../protocol/schemas/gateway.ts';
import { type MockProvider, startMockProvider } from './fixtures/mock-provider.ts';
import { MANAGER, messages, runGateway, type RunningGateway, SCOUT } from './fixtures/run-gateway.ts';
import { makeRule } from './fixtures/run-egress.ts';
import { STREAM } from './protocols/anthropic/fixtures/answers.ts';

let upstream: MockProvider;
let hive: RunningGateway;
let now: number;
beforeEach(async () => {
  now = 1_800_000_000_000;
  upstream = await startMockProvider(STREAM);
  const limits = { connectionsPerAgent: MOST_LISTED };
  hive = await runGateway({ baseUrl: upstream.url, key: 'sk-a-key', limits, now: () => now });
});
afterEach(async () => {
  await hive.stop();
  await upstream.close();
});

/** What the gateway says that it does now. */
async function ask(): Promise<GatewayMoment> {
  const id = crypto.randomUUID();
  await hive.gateway.apply({ type: 'moment', id });
  return vi.waitFor(() => {
    const found = hive.around.moments.find((report) => report.id === id);
    if (found === undefined) throw new Error('no answer yet');
    return found.moment;
  });
}

test('a call is shown while it streams, with model, time and tokens so far, and no longer when it is over', async () => {
  expect(await ask()).toMatchObject({ agents: 2, connected: [], calls: [], openCalls: 0, held: [], connections: [] });
  let end = (): void => {};
  upstream.answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const one of STREAM.slice(0, 4)) response.write(one);
    end = () => void response.end(STREAM.slice(4).join(''));
  };
  const answer = await hive.ask(SCOUT, { body: messages('hi') });
  const body = answer.body[Symbol.asyncIterator]();
  await body.next();
  const moment = await vi.waitFor(async () => {
    const found = await ask();
    expect(found.calls[0]?.usage.inputTokens).toBeGreaterThan(0);
    return found;
  });
  expect(moment).toMatchObject({
    connected: [{ agent: SCOUT, connections: 1 }],
    calls: [
      { agent: SCOUT, provider: 'anthropic', model: 'claude-sonnet-4-5-20250929', insteadOf: null, startedAt: now },
    ],
    openCalls: 1,
  });
  expect(moment.calls[0]?.usage.costUsd).toBeGreaterThan(0);
  expect(JSON.stringify(moment)).not.toContain('sk-a-key');
  end();
  for (let next = await body.next(); next.done !== true;) next = await body.next();
  await vi.waitFor(async () => expect(await ask()).toMatchObject({ calls: [], openCalls: 0 }));
});

test('a call that a box leaves is not kept', async () => {
  upstream.answer = (response) =>
    void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(STREAM[0]);
  const leaves = new AbortController();
  const answer = await hive.ask(MANAGER, { body: messages('hi'), signal: leaves.signal });
  answer.body.on('error', () => undefined);
  expect((await ask()).openCalls).toBe(1);
  leaves.abort();
  await vi.waitFor(async () => expect((await ask()).openCalls).toBe(0));
});

test('limits are listed with their account and end, and leave the list when they have ended', async () => {
  upstream.answer = (response) =>
    void response
      .writeHead(429, { 'content-type': 'application/json', 'retry-after': '600' })
      .end(JSON.stringify({ type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } }));
  await (await hive.ask(SCOUT, { body: messages('hi') })).body.dump();
  const [held] = (await ask()).held;
  expect(held).toMatchObject({ provider: 'anthropic', key: 'main', kind: 'rate', until: now + 600_000 });
  expect(held?.models).toContain('sonnet');
  now += 600_001;
  expect(await ask()).toMatchObject({ held: [], limits: 0 });
});

test('more calls than the list may have are counted', async () => {
  upstream.answer = (response) =>
    void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(STREAM[0]);
  const answers = await Promise.all(
    Array.from({ length: MOST_LISTED + 3 }, (_, i) =>
      hive.ask(i % 2 === 0 ? SCOUT : MANAGER, { body: messages('hi') }),
    ),
  );
  const moment = await ask();
  expect([moment.calls.length, moment.openCalls]).toEqual([MOST_LISTED, MOST_LISTED + 3]);
  for (const { body } of answers) body.on('error', () => undefined).destroy();
});

test('a connection to a host outside is listed with its bytes until it is closed', async () => {
  const host = createServer((socket) => void socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => void host.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void host.close());
  const { port } = host.address() as AddressInfo;
  const place = `files.test:${port}`;
  await hive.gateway.apply({ type: 'egress', agents: [{ name: SCOUT, rules: [makeRule(place, 7)] }] });
  const box = connect(hive.around.socketsOf(SCOUT).egressSocket);
  box.write(`POST http://${place}/ HTTP/1.1\r\nHost: ${place}\r\nContent-Length: 100\r\n\r\n0123456789`);
  await vi.waitFor(async () => {
    const moment = await ask();
    expect(moment).toMatchObject({
      connected: [{ agent: SCOUT, connections: 1 }],
      connections: [{ agent: SCOUT, kind: 'plain', host: 'files.test', port, rule: 7, startedAt: now, bytesDown: 0 }],
      openConnections: 1,
    });
    expect(moment.connections[0]?.bytesUp).toBeGreaterThan(10);
  });
  box.destroy();
  await once(box, 'close');
  await vi.waitFor(async () => expect(await ask()).toMatchObject({ connections: [], openConnections: 0 }));
});
