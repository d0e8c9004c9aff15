import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BOMB_BLOCK, BOMB_HEAD, storeZstd } from './encodings/fixtures/zstd.ts';
import { type MockProvider, startMockProvider } from './fixtures/mock-provider.ts';
import { messages, runGateway, type RunningGateway, SCOUT } from './fixtures/run-gateway.ts';
import { STREAM as RESPONSES } from './protocols/openai-responses/fixtures/answers.ts';
import type { ProviderName } from '../../protocol/providers.ts';

const OPENAI = 'openai' as ProviderName;

const MAX_BYTES = 1_000_000;
const BODY = JSON.stringify({ model: 'gpt-5-mini', input: 'hi 🐝', stream: true });

let upstream: MockProvider;
let hive: RunningGateway;
beforeEach(async () => {
  upstream = await startMockProvider(RESPONSES);
  const options = { key: 'sk-key', scoutsProvider: OPENAI, maxBodyBytes: MAX_BYTES };
  hive = await runGateway({ baseUrl: upstream.url, ...options });
});
afterEach(async () => {
  await hive.stop();
  await upstream.close();
});

const send = (body: Buffer, encoding: string) =>
  hive.ask(SCOUT, { path: '/v1/responses', body, headers: { 'content-encoding': encoding } });

describe('a request is decoded before the decision, and the provider gets it plain', () => {
  test.each<[string, Buffer]>([
    ['zstd', storeZstd(Buffer.from(BODY))],
    ['gzip', gzipSync(BODY)],
    ['br', brotliCompressSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['deflate', deflateRawSync(BODY)],
    ['identity', Buffer.from(BODY)],
    ['gzip, zstd', storeZstd(gzipSync(BODY))],
  ])('%s', async (encoding, packed) => {
    upstream.answer = (response) => void response.writeHead(500).end('{}');
    await (await send(packed, encoding)).body.dump();
    expect(upstream.seen[0]?.body).toBe(BODY);
    expect(upstream.seen[0]?.headers).not.toHaveProperty('content-encoding');
    expect(upstream.seen[0]?.headers['content-length']).toBe(String(Buffer.byteLength(BODY)));
    await vi.waitFor(() => expect(hive.records()).toMatchObject([{ model: 'gpt-5-mini' }]));
  });
});

describe('a request is refused, and the provider is not called', () => {
  afterEach(() => expect(upstream.seen).toEqual([]));

  test.each<[string, Buffer]>([
    ['compress', Buffer.from(BODY)],
    ['br', Buffer.from(BODY)],
    ['gzip', gzipSync(BODY).subarray(0, -9)],
    ['zstd', storeZstd(Buffer.from(BODY)).subarray(0, -9)],
    ['gzip, gzip, gzip, gzip, gzip', gzipSync(BODY)],
    ['gzip', gzipSync(gzipSync(BODY))],
    ['identity', gzipSync(BODY)],
  ])('that cannot be decoded as %s', async (encoding, body) => {
    const answer = await send(body, encoding);
    expect(answer.statusCode).toBe(415);
    expect(await answer.body.json()).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.stringContaining('cannot be decoded') },
    });
  });

  // Vulnerability: 1 KB that decodes to more than the memory there is. Scenario: an agent sends it in each encoding.
  test.each<[string, Buffer]>([
    ['zstd', Buffer.concat([BOMB_HEAD, ...Array.from({ length: 250 }, () => BOMB_BLOCK)])],
    ['gzip', gzipSync(Buffer.alloc(30 * MAX_BYTES))],
    ['br', brotliCompressSync(Buffer.alloc(30 * MAX_BYTES))],
  ])('that exceeds the limit when it is decoded as %s', async (encoding, body) => {
    expect(body.length).toBeLessThan(MAX_BYTES / 10);
    const answer = await send(body, encoding);
    expect(answer.statusCode).toBe(413);
    expect(JSON.stringify(await answer.body.json())).toContain(`over ${MAX_BYTES} bytes`);
  });
});

test('the memory of a refused request is free again, also for an encoded one', async () => {
  const large = messages('x'.repeat(MAX_BYTES - 2_000));
  await (await send(gzipSync(Buffer.alloc(30 * MAX_BYTES)), 'gzip')).body.dump();
  await (await send(gzipSync('x'.repeat(MAX_BYTES)).subarray(0, -9), 'gzip')).body.dump();
  const answer = await hive.ask(SCOUT, { path: '/v1/responses', body: large });
  expect(answer.statusCode).toBe(200);
  await answer.body.dump();
});
