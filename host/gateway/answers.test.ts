import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { storeZstd } from './encodings/fixtures/zstd.ts';
import { MANAGER, messages, SCOUT } from './fixtures/run-gateway.ts';
import { KEY, withGateway } from './fixtures/with-gateway.ts';
import { STREAM, STREAM_COST_USD } from './protocols/anthropic/fixtures/answers.ts';

const { hive, reported, upstream } = withGateway();

describe('a call to the provider', () => {
  test("carries the hive's key and no identity of the box", async () => {
    const answer = await hive().ask(SCOUT, {
      body: messages('hi'),
      headers: { 'x-api-key': 'box', authorization: 'Bearer box', cookie: 'box=1', 'anthropic-beta': 'x' },
    });
    expect(answer.statusCode).toBe(200);
    expect(await answer.body.text()).toBe(STREAM.join(''));
    const [seen] = upstream().seen;
    expect(seen).toMatchObject({ method: 'POST', path: '/base/v1/messages?beta=true', body: messages('hi') });
    expect(seen?.headers).toMatchObject({ 'x-api-key': KEY, 'accept-encoding': 'identity', 'anthropic-beta': 'x' });
    expect(JSON.stringify(seen?.headers)).not.toContain('box');
  });

  test('is counted in tokens and money, for the agent whose socket it used', async () => {
    await (await hive().ask(SCOUT, { body: messages('hi') })).body.dump();
    await (await hive().ask(MANAGER, { body: messages('hi') })).body.dump();
    await reported(2);
    expect(
      hive()
        .records()
        .map((record) => record.agent),
    ).toEqual([SCOUT, MANAGER]);
    expect(hive().records()[0]).toMatchObject({
      provider: 'anthropic',
      model: 'claude-sonnet-4-5-20250929',
      status: 200,
      usage: { inputTokens: 100, outputTokens: 50, cacheReadTokens: 2000, cacheWriteTokens: 300 },
    });
    expect(hive().records()[0]?.usage.costUsd).toBeCloseTo(STREAM_COST_USD, 12);
  });

  test('streams: each event arrives while the provider still has more to say', async () => {
    let sendNext = (): void => {};
    upstream().answer = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of STREAM) {
        response.write(event);
        await new Promise<void>((resolve) => {
          sendNext = resolve;
        });
      }
      response.end();
    };
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
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
    upstream().answer = async (response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      for (; sent < 128 * 1024 * 1024 && !response.destroyed; sent += chunk.length)
        if (!response.write(chunk)) await once(response, 'drain');
    };
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
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
    upstream().answer = (response) => {
      response.end('{"input_tokens":5}');
    };
    const answer = await hive().ask(SCOUT, { path: '/v1/messages/count_tokens', body: messages('hi') });
    expect(await answer.body.json()).toEqual({ input_tokens: 5 });
    await (await hive().ask(SCOUT, { body: messages('hi') })).body.dump();
    await reported(1);
    expect(upstream().seen.map((seen) => seen.path)).toEqual([
      '/base/v1/messages/count_tokens',
      '/base/v1/messages?beta=true',
    ]);
  });

  test.each<[string, (plain: Buffer) => Buffer]>([
    ['gzip', (plain) => gzipSync(plain)],
    ['zstd', storeZstd],
  ])("is read even if the provider compresses it with %s against the gateway's request", async (encoding, pack) => {
    upstream().answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding });
      response.end(pack(Buffer.from(`${STREAM.join('')}: ${KEY}\n\n`)));
    };
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
    expect(await answer.body.text()).toBe(`${STREAM.join('')}: [redacted]\n\n`);
    await reported(1);
    expect(hive().records()[0]?.usage.outputTokens).toBe(50);
  });

  test.each([
    [200, 502, 'api_error'],
    [401, 401, 'authentication_error'],
    [429, 429, 'rate_limit_error'],
    [529, 529, 'overloaded_error'],
  ])('of %i that cannot be read keeps its status and its limits, with a body of our own', async (sent, got, type) => {
    upstream().answer = (response) => {
      response.writeHead(sent, {
        'content-type': 'application/json',
        'content-encoding': 'compress',
        'retry-after': '30',
        'anthropic-ratelimit-unified-reset': '1800000000',
      });
      response.end('?');
    };
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
    expect(answer.statusCode).toBe(got);
    expect(answer.headers).toMatchObject({ 'retry-after': '30', 'anthropic-ratelimit-unified-reset': '1800000000' });
    expect(await answer.body.json()).toMatchObject({ type: 'error', error: { type } });
    await reported(1);
    // The cost of an unread success is unknown; an error costs nothing.
    expect(hive().records()[0]?.usage.costUsd).toBe(sent === 200 ? null : 0);
  });

  test.each([
    ['no answer that can be counted', 'text/html', '<html>sign in here</html>'],
    ['an event that does not fit', 'text/event-stream', `data: {"type":"message_start"}\n\n${STREAM.join('')}`],
  ])('has no known price when it held %s', async (_, type, body) => {
    upstream().answer = (response) => void response.writeHead(200, { 'content-type': type }).end(body);
    await (await hive().ask(SCOUT, { body: messages('hi') })).body.dump();
    await reported(1);
    expect(hive().records()[0]?.usage.costUsd).toBeNull();
  });
});
