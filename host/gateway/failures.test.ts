import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { makeLatch } from './fixtures/make-latch.ts';
import { messages, SCOUT } from './fixtures/run-gateway.ts';
import { KEY, withGateway } from './fixtures/with-gateway.ts';
import { STREAM } from './protocols/anthropic/fixtures/answers.ts';

describe('failures', () => {
  const { hive, reported, upstream } = withGateway();

  test('a limit passes with its time and its figures', async () => {
    upstream().answer = (response) => {
      response.writeHead(429, { 'retry-after': '30', 'anthropic-ratelimit-unified-reset': '1800000000' });
      response.end('{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}');
    };
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
    expect(answer.statusCode).toBe(429);
    expect(answer.headers).toMatchObject({ 'retry-after': '30', 'anthropic-ratelimit-unified-reset': '1800000000' });
    expect(await answer.body.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
    await reported(1);
    expect(hive().records()[0]).toMatchObject({ status: 429, model: 'claude-sonnet-4-5', usage: { costUsd: 0 } });
  });

  test('an unreachable provider is an error that the CLI retries', async () => {
    await upstream().close();
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
    expect(answer.statusCode).toBe(502);
    expect(await answer.body.json()).toEqual({
      type: 'error',
      error: { type: 'api_error', message: expect.stringContaining('cannot reach the model provider (ECONNREFUSED)') },
    });
  });

  test('a stream that breaks off breaks off for the box too, and what came is counted', async () => {
    upstream().answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(STREAM[0], () => response.destroy());
    };
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
    await expect(answer.body.text()).rejects.toThrow();
    await reported(1);
    expect(hive().records()[0]?.usage.inputTokens).toBe(100);
  });

  test('a stream that ends before its message does breaks off for the box, and its tokens so far are counted', async () => {
    upstream().answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(STREAM.slice(0, 4).join(''));
    };
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
    await expect(answer.body.text()).rejects.toThrow();
    await reported(1);
    expect(hive().records()[0]?.usage).toMatchObject({ inputTokens: 100, cacheReadTokens: 2000 });
  });

  test('a box that disconnects ends the call at the provider, and pays for the tokens so far', async () => {
    const aborted = makeLatch();
    upstream().answer = (response) => {
      response.once('close', () => aborted.open());
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(STREAM[0]);
    };
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
    await once(answer.body, 'readable');
    answer.body.on('error', () => {}).destroy();
    await aborted.opened;
    await reported(1);
    expect(hive().records()[0]).toMatchObject({ status: 200, usage: { inputTokens: 100 } });
  });

  test('a box that disconnects before there is an answer is reported with status 0', async () => {
    const arrived = makeLatch();
    const left = makeLatch();
    upstream().answer = (response) => {
      response.once('close', () => left.open());
      arrived.open();
    };
    const leaving = new AbortController();
    const answer = hive().ask(SCOUT, { body: messages('hi'), signal: leaving.signal });
    answer.catch(() => {});
    await arrived.opened;
    leaving.abort();
    await left.opened;
    await reported(1);
    expect(hive().records()[0]).toMatchObject({ status: 0, provider: 'anthropic' });
  });

  test('a provider that answers before it has read the request is heard', async () => {
    upstream().early = true;
    upstream().answer = (response) => {
      response.writeHead(401, { 'content-type': 'application/json', connection: 'close' });
      response.end('{"type":"error","error":{"type":"authentication_error","message":"no"}}');
    };
    const answer = await hive().ask(SCOUT, { body: unsized(Array.from({ length: 20 }, () => 'x'.repeat(30_000))) });
    expect(answer.statusCode).toBe(401);
    await answer.body.dump();
  });
});

describe('a gateway that does not wait long', () => {
  const { hive, reported, upstream } = withGateway({ limits: { answerMs: 100 } });

  test('a provider that does not begin to answer in time is a timeout', async () => {
    upstream().answer = () => {};
    const answer = await hive().ask(SCOUT, { body: messages('hi') });
    expect(answer.statusCode).toBe(504);
    expect(await answer.body.json()).toMatchObject({ error: { type: 'timeout_error' } });
    // The provider has the request, and may have worked on it all the time.
    const whole = await hive().ask(SCOUT, { body: messages('hi', { stream: false }) });
    await whole.body.dump();
    await reported(2);
    expect(hive().records()[0]?.usage.inputTokens).toBeGreaterThan(0);
    expect(hive().records()[1]).toMatchObject({ status: 504, usage: { costUsd: null }, estimated: true });
    expect(hive().records()[1]?.counted?.tokens).toBeGreaterThan(64_000);
  });
});

describe.each([null, KEY])('a gateway with a small limit for bodies (key: %s)', (key) => {
  const { hive } = withGateway({ key, maxBodyBytes: 1_000 });

  test('a body over the limit is refused, with or without a content-length', async () => {
    const refusal = { type: 'error', error: { type: 'request_too_large', message: expect.any(String) } };
    const said = await hive().ask(SCOUT, { body: 'x'.repeat(1_001) });
    expect([said.statusCode, await said.body.json()]).toEqual([413, refusal]);
    const unsaid = await hive().ask(SCOUT, { body: unsized(['x'.repeat(900), 'x'.repeat(200)]) });
    expect([unsaid.statusCode, await unsaid.body.json()]).toEqual([413, refusal]);
  });
});

/** A body without a content-length. */
function unsized(chunks: readonly string[]): Readable {
  return Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
}
