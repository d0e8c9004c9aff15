import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { storeZstd } from './encodings/fixtures/zstd.ts';
import { type MockProvider, startMockProvider } from './fixtures/mock-provider.ts';
import { MANAGER, messages, runGateway, type RunningGateway, SCOUT } from './fixtures/run-gateway.ts';
import { STREAM, STREAM_COST_USD } from './protocols/anthropic/fixtures/answers.ts';

const KEY = 'sk-ant-api03-the-hives-own-key';
/** How Claude Code names itself. */
const OWN_CLIENT = { 'x-app': 'cli', 'user-agent': 'claude-cli/2.1.197 (external, sdk-cli)' };

let upstream: MockProvider;
let hive: RunningGateway;

beforeEach(async () => {
  upstream = await startMockProvider(STREAM);
  hive = await runGateway({ baseUrl: `${upstream.url}/base/`, key: KEY });
});
afterEach(async () => {
  await hive.stop();
  await upstream.close();
  // After every test: the key is in no log line and in no report.
  expect(JSON.stringify([hive.logs, hive.records()])).not.toContain(KEY);
});

const reported = (count: number) => vi.waitFor(() => expect(hive.records()).toHaveLength(count));

describe('a call to the provider', () => {
  test("carries the hive's key and no identity of the box", async () => {
    const answer = await hive.ask(SCOUT, {
      body: messages('hi'),
      headers: { 'x-api-key': 'box', authorization: 'Bearer box', cookie: 'box=1', 'anthropic-beta': 'x' },
    });
    expect(answer.statusCode).toBe(200);
    expect(await answer.body.text()).toBe(STREAM.join(''));
    const [seen] = upstream.seen;
    expect(seen).toMatchObject({ method: 'POST', path: '/base/v1/messages?beta=true', body: messages('hi') });
    expect(seen?.headers).toMatchObject({ 'x-api-key': KEY, 'accept-encoding': 'identity', 'anthropic-beta': 'x' });
    expect(JSON.stringify(seen?.headers)).not.toContain('box');
  });

  test('is counted in tokens and money, for the agent whose socket it used', async () => {
    await (await hive.ask(SCOUT, { body: messages('hi') })).body.dump();
    await (await hive.ask(MANAGER, { body: messages('hi') })).body.dump();
    await reported(2);
    expect(hive.records().map((record) => record.agent)).toEqual([SCOUT, MANAGER]);
    expect(hive.records()[0]).toMatchObject({
      provider: 'anthropic',
      model: 'claude-sonnet-4-5-20250929',
      status: 200,
      usage: { inputTokens: 100, outputTokens: 50, cacheReadTokens: 2000, cacheWriteTokens: 300 },
    });
    expect(hive.records()[0]?.usage.costUsd).toBeCloseTo(STREAM_COST_USD, 12);
  });

  test('streams: each event arrives while the provider still has more to say', async () => {
    let sendNext = (): void => {};
    upstream.answer = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of STREAM) {
        response.write(event);
        await new Promise<void>((resolve) => {
          sendNext = resolve;
        });
      }
      response.end();
    };
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    const got: string[] = [];
    for await (const chunk of answer.body) {
      got.push(String(chunk));
      // Only what has arrived here lets the provider go on.
      sendNext();
    }
    expect(got).toEqual(STREAM);
  });

  test('has backpressure: the gateway fetches no more than the box reads', async () => {
    const chunk = Buffer.alloc(256 * 1024, ' ');
    let sent = 0;
    upstream.answer = async (response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      for (; sent < 128 * 1024 * 1024 && !response.destroyed; sent += chunk.length)
        if (!response.write(chunk)) await once(response, 'drain');
    };
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    let before = -1;
    await vi.waitFor(
      () => {
        const still = sent === before;
        before = sent;
        expect(still).toBe(true);
      },
      { interval: 200 },
    );
    // The buffers of sockets and streams on the way, and no more.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    answer.body.on('error', () => {}).destroy();
  });

  test('with count_tokens passes, and is not reported', async () => {
    upstream.answer = (response) => {
      response.end('{"input_tokens":5}');
    };
    const answer = await hive.ask(SCOUT, { path: '/v1/messages/count_tokens', body: messages('hi') });
    expect(await answer.body.json()).toEqual({ input_tokens: 5 });
    await (await hive.ask(SCOUT, { body: messages('hi') })).body.dump();
    await reported(1);
    expect(upstream.seen.map((seen) => seen.path)).toEqual([
      '/base/v1/messages/count_tokens',
      '/base/v1/messages?beta=true',
    ]);
  });

  test.each<[string, (plain: Buffer) => Buffer]>([
    ['gzip', (plain) => gzipSync(plain)],
    ['zstd', storeZstd],
  ])("is read even if the provider compresses it with %s against the gateway's request", async (encoding, pack) => {
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding });
      response.end(pack(Buffer.from(`${STREAM.join('')}: ${KEY}\n\n`)));
    };
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    expect(await answer.body.text()).toBe(`${STREAM.join('')}: [redacted]\n\n`);
    await reported(1);
    expect(hive.records()[0]?.usage.outputTokens).toBe(50);
  });

  test.each([
    [200, 502, 'api_error'],
    [401, 401, 'authentication_error'],
    [429, 429, 'rate_limit_error'],
    [529, 529, 'overloaded_error'],
  ])('of %i that cannot be read keeps its status and its limits, with a body of our own', async (sent, got, type) => {
    upstream.answer = (response) => {
      response.writeHead(sent, {
        'content-type': 'application/json',
        'content-encoding': 'compress',
        'retry-after': '30',
        'anthropic-ratelimit-unified-reset': '1800000000',
      });
      response.end('?');
    };
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    expect(answer.statusCode).toBe(got);
    expect(answer.headers).toMatchObject({ 'retry-after': '30', 'anthropic-ratelimit-unified-reset': '1800000000' });
    expect(await answer.body.json()).toMatchObject({ type: 'error', error: { type } });
    await reported(1);
    // The cost of an unread success is unknown; an error costs nothing.
    expect(hive.records()[0]?.usage.costUsd).toBe(sent === 200 ? null : 0);
  });

  test.each([
    ['no answer that can be counted', 'text/html', '<html>sign in here</html>'],
    ['an event that does not fit', 'text/event-stream', `data: {"type":"message_start"}\n\n${STREAM.join('')}`],
  ])('has no known price when it held %s', async (_, type, body) => {
    upstream.answer = (response) => void response.writeHead(200, { 'content-type': type }).end(body);
    await (await hive.ask(SCOUT, { body: messages('hi') })).body.dump();
    await reported(1);
    expect(hive.records()[0]?.usage.costUsd).toBeNull();
  });

  test('that ends before its message does breaks off for the box, and its tokens so far are counted', async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(STREAM.slice(0, 4).join(''));
    };
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    await expect(answer.body.text()).rejects.toThrow();
    await reported(1);
    expect(hive.records()[0]?.usage).toMatchObject({ inputTokens: 100, cacheReadTokens: 2000 });
  });
});

describe('the key', () => {
  test('is removed from an answer that echoes the request, also across chunk borders', async () => {
    upstream.answer = async (response, request) => {
      const key = String(request.headers['x-api-key']);
      response.writeHead(400, { 'content-type': 'application/json', 'request-id': `req ${key}`, 'x-debug': key });
      response.write(`{"error":"bad key ${key} or ${key.slice(0, 9)}`);
      // So that each part is sent as a chunk of its own.
      await delay(20);
      response.write(key.slice(9, 15));
      await delay(20);
      response.end(`${key.slice(15)}"}`);
    };
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    expect(answer.statusCode).toBe(400);
    expect(await answer.body.text()).toBe('{"error":"bad key [redacted] or [redacted]"}');
    expect(answer.headers['request-id']).toBe('req [redacted]');
    expect(JSON.stringify(answer.headers)).not.toContain(KEY);
  });

  test('that is removed is used by no later request: the demo model answers', async () => {
    await (await hive.ask(SCOUT, { body: messages('hi') })).body.dump();
    await hive.setKey(null);
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    expect(await answer.body.text()).toContain("I am the hive's demo model");
    await reported(2);
    expect(hive.records()[1]).toMatchObject({ provider: 'demo', model: 'claude-sonnet-4-5', usage: { costUsd: 0 } });
    await hive.setKey('sk-ant-oat01-another');
    await (await hive.ask(SCOUT, { body: messages('hi'), headers: OWN_CLIENT })).body.dump();
    expect(upstream.seen.map((seen) => seen.headers['x-api-key'] ?? seen.headers.authorization)).toEqual([
      KEY,
      'Bearer sk-ant-oat01-another',
    ]);
  });
});

describe('a key that the provider refuses', () => {
  const refuse = (response: ServerResponse) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end('{"type":"error","error":{"type":"authentication_error","message":"expired"}}');
  };

  test('is reported once, and the provider is not called for every retry of a box', async () => {
    upstream.answer = refuse;
    for (let tries = 0; tries < 10; tries += 1) {
      const answer = await hive.ask(tries % 2 === 0 ? SCOUT : MANAGER, { body: messages('hi') });
      expect([answer.statusCode, answer.headers['x-should-retry']]).toEqual([401, 'false']);
      const said = await answer.body.text();
      if (tries > 0) expect(said).toContain('hivectl provider set anthropic');
    }
    expect(upstream.seen).toHaveLength(1);
    await vi.waitFor(() =>
      expect(hive.around.keyReports).toEqual([{ provider: 'anthropic', key: 'main', state: 'refused', status: 401 }]),
    );
    await reported(1);
  });

  test('is forgotten with the next key; later answers to the old one are not reported', async () => {
    upstream.answer = refuse;
    await (await hive.ask(SCOUT, { body: messages('hi') })).body.dump();
    await vi.waitFor(() => expect(hive.around.keyReports).toHaveLength(1));
    const late = makeLatch();
    const arrived = makeLatch();
    await hive.setKey('sk-ant-api03-second');
    upstream.answer = async (response, request) => {
      if (request.headers['x-api-key'] !== 'sk-ant-api03-second')
        return void response.writeHead(200).end('{"type":"error"}');
      arrived.open();
      await late.opened;
      refuse(response);
    };
    const slow = hive.ask(SCOUT, { body: messages('hi') });
    await arrived.opened;
    await hive.setKey('sk-ant-api03-third');
    late.open();
    await (await slow).body.dump();
    await vi.waitFor(() => expect(hive.around.keyReports.map(({ state }) => state)).toEqual(['refused', 'accepted']));
  });

  test('is reported to hived when it is back', async () => {
    hive.around.refuse = 'storage_unavailable';
    upstream.answer = refuse;
    await (await hive.ask(SCOUT, { body: messages('hi') })).body.dump();
    await vi.waitFor(() => expect(hive.around.refused.length).toBeGreaterThan(0));
    hive.around.refuse = null;
    await vi.waitFor(() => expect(hive.around.keyReports).toHaveLength(1));
  });
});

test('without a key and without the demo model nobody answers, and nothing is reported', async () => {
  await hive.setKey(null, false);
  for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
    const answer = await hive.ask(SCOUT, { path, body: messages('hi') });
    expect(answer.statusCode).toBe(401);
    expect(await answer.body.json()).toMatchObject({
      error: { type: 'authentication_error', message: expect.stringContaining('No key is set') },
    });
  }
  await hive.setKey(null);
  await (await hive.ask(SCOUT, { body: messages('hi') })).body.dump();
  await reported(1);
  expect([upstream.seen.length, hive.records()[0]?.provider]).toEqual([0, 'demo']);
});

describe('failures', () => {
  test('a limit passes with its time and its figures', async () => {
    upstream.answer = (response) => {
      response.writeHead(429, { 'retry-after': '30', 'anthropic-ratelimit-unified-reset': '1800000000' });
      response.end('{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}');
    };
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    expect(answer.statusCode).toBe(429);
    expect(answer.headers).toMatchObject({ 'retry-after': '30', 'anthropic-ratelimit-unified-reset': '1800000000' });
    expect(await answer.body.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
    await reported(1);
    expect(hive.records()[0]).toMatchObject({ status: 429, model: 'claude-sonnet-4-5', usage: { costUsd: 0 } });
  });

  test('an unreachable provider is an error that the CLI retries', async () => {
    await upstream.close();
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    expect(answer.statusCode).toBe(502);
    expect(await answer.body.json()).toEqual({
      type: 'error',
      error: { type: 'api_error', message: expect.stringContaining('cannot reach the model provider (ECONNREFUSED)') },
    });
  });

  test('a provider that does not begin to answer in time is a timeout', async () => {
    const slow = await runGateway({ baseUrl: upstream.url, key: KEY, limits: { answerMs: 100 } });
    upstream.answer = () => {};
    const answer = await slow.ask(SCOUT, { body: messages('hi') });
    expect(answer.statusCode).toBe(504);
    expect(await answer.body.json()).toMatchObject({ error: { type: 'timeout_error' } });
    // The provider has the request, and may have worked on it all the time.
    const whole = await slow.ask(SCOUT, { body: messages('hi', { stream: false }) });
    await whole.body.dump();
    await vi.waitFor(() => expect(slow.records()).toHaveLength(2));
    expect(slow.records()[0]?.usage.inputTokens).toBeGreaterThan(0);
    expect(slow.records()[1]).toMatchObject({ status: 504, usage: { costUsd: null }, estimated: true });
    expect(slow.records()[1]?.counted?.tokens).toBeGreaterThan(64_000);
    await slow.stop();
  });

  test('a stream that breaks off breaks off for the box too, and what came is counted', async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(STREAM[0], () => response.destroy());
    };
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    await expect(answer.body.text()).rejects.toThrow();
    await reported(1);
    expect(hive.records()[0]?.usage.inputTokens).toBe(100);
  });

  test('a box that disconnects ends the call at the provider, and pays for the tokens so far', async () => {
    const aborted = makeLatch();
    upstream.answer = (response) => {
      response.once('close', () => aborted.open());
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(STREAM[0]);
    };
    const answer = await hive.ask(SCOUT, { body: messages('hi') });
    await once(answer.body, 'readable');
    answer.body.on('error', () => {}).destroy();
    await aborted.opened;
    await reported(1);
    expect(hive.records()[0]).toMatchObject({ status: 200, usage: { inputTokens: 100 } });
  });

  test('a box that disconnects before there is an answer is reported with status 0', async () => {
    const arrived = makeLatch();
    const left = makeLatch();
    upstream.answer = (response) => {
      response.once('close', () => left.open());
      arrived.open();
    };
    const leaving = new AbortController();
    const answer = hive.ask(SCOUT, { body: messages('hi'), signal: leaving.signal });
    answer.catch(() => {});
    await arrived.opened;
    leaving.abort();
    await left.opened;
    await reported(1);
    expect(hive.records()[0]).toMatchObject({ status: 0, provider: 'anthropic' });
  });

  test.each([null, KEY])(
    'a body over the limit is refused, with or without a content-length (key: %s)',
    async (key) => {
      const small = await runGateway({ baseUrl: upstream.url, key, maxBodyBytes: 1_000 });
      const refusal = { type: 'error', error: { type: 'request_too_large', message: expect.any(String) } };
      const said = await small.ask(SCOUT, { body: 'x'.repeat(1_001) });
      expect([said.statusCode, await said.body.json()]).toEqual([413, refusal]);
      const unsaid = await small.ask(SCOUT, { body: unsized(['x'.repeat(900), 'x'.repeat(200)]) });
      expect([unsaid.statusCode, await unsaid.body.json()]).toEqual([413, refusal]);
      await small.stop();
    },
  );

  test('a provider that answers before it has read the request is heard', async () => {
    upstream.early = true;
    upstream.answer = (response) => {
      response.writeHead(401, { 'content-type': 'application/json', connection: 'close' });
      response.end('{"type":"error","error":{"type":"authentication_error","message":"no"}}');
    };
    const answer = await hive.ask(SCOUT, { body: unsized(Array.from({ length: 20 }, () => 'x'.repeat(30_000))) });
    expect(answer.statusCode).toBe(401);
    await answer.body.dump();
  });
});

/** A body without a content-length. */
function unsized(chunks: readonly string[]): Readable {
  return Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
}

function makeLatch(): { open: () => void; opened: Promise<void> } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}
