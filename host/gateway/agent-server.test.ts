import { once } from 'node:events';
import { connect } from 'node:net';
import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MANAGER, messages, runGateway, type RunningGateway, SCOUT } from './fixtures/run-gateway.ts';
import { findElsewhere } from './refuse.ts';

/** A gateway without a key: tests everything its sockets serve beside calls to a provider. */
let hive: RunningGateway;
beforeAll(async () => {
  hive = await runGateway({ baseUrl: 'http://127.0.0.1:9', key: null });
});
afterAll(() => hive.stop());

/** Writes raw bytes to an agent's socket until the gateway closes the connection. */
async function speak(bytes: string, to = hive): Promise<string> {
  const socket = connect(to.around.socketOf(SCOUT));
  let heard = '';
  socket.on('data', (chunk) => {
    heard += String(chunk);
  });
  socket.write(bytes);
  await once(socket, 'close');
  return heard;
}

describe('served paths', () => {
  test('the connectivity check of the CLI', async () => {
    for (const method of ['HEAD', 'GET'] as const) {
      const answer = await hive.ask(SCOUT, { method, path: '/' });
      expect(answer.statusCode).toBe(200);
      await answer.body.dump();
    }
  });

  test.each([
    ['GET', '/v1/messages'],
    ['POST', '/v1/models'],
    ['DELETE', '/'],
    ['POST', '/v1/messages/batches'],
  ] as const)('%s %s is not there, in words that the CLI understands', async (method, path) => {
    const answer = await hive.ask(SCOUT, { method, path });
    expect(answer.statusCode).toBe(404);
    expect(await answer.body.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
  });

  test('a socket serves its own agent only', async () => {
    expect((await stat(hive.around.socketOf(SCOUT))).mode & 0o777).toBe(0o660);
  });
});

/**
 * Vulnerability: a proxy that a box may use reaches whatever the proxy reaches. Scenario: an agent asks the
 * gateway for another host in each way HTTP has. Verified: every one is refused and logged with its target.
 */
describe('other hosts', () => {
  test.each([
    ['GET http://169.254.169.254/latest/meta-data/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 403, '169.254.169.254'],
    [
      'POST http://evil.test/v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\ncontent-length: 2\r\n\r\n{}',
      403,
      'http://evil.test/v1/messages',
    ],
    ['GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n', 403, 'evil.test'],
    ['CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n', 405, 'evil.test:443'],
  ])('%j', async (bytes, status, target) => {
    const heard = await speak(bytes);
    expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(heard).toContain('{"type":"error","error":{"type":"');
    expect(hive.logs.some((line) => line.includes('refused to reach another host') && line.includes(target))).toBe(
      true,
    );
  });

  test.each(['127.0.0.1:7003', 'localhost', '[::1]:7003', 'HIVE', ''])(
    '%j is accepted as a name of the gateway',
    (host) => {
      expect(findElsewhere({ url: '/', headers: { host } })).toBeNull();
    },
  );
});

describe('misbehaving clients', () => {
  // Nobody else's requests are made there: on a busy machine they would take longer, too.
  let strict: RunningGateway;
  beforeAll(async () => {
    const limits = { headersMs: 200, requestMs: 300 };
    strict = await runGateway({ baseUrl: 'http://127.0.0.1:9', key: null, limits });
  });
  afterAll(() => strict.stop());

  test('headers that do not end are cut off', async () => {
    expect(await speak('POST /v1/messages HTTP/1.1\r\nHost: hive\r\nX-Slow: ', strict)).toMatch(/^HTTP\/1.1 408 /);
  });

  test('a body that does not end is cut off', async () => {
    const begun = 'POST /v1/messages HTTP/1.1\r\nHost: hive\r\ncontent-length: 99\r\n\r\n{';
    expect(await speak(begun, strict)).toMatch(/^HTTP\/1.1 408 /);
  });

  test('a request that is not HTTP gets an error', async () => {
    expect(await speak('hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*"invalid_request_error"/s);
  });
});

describe('the demo model', () => {
  test('streams in the order of the real API', async () => {
    const answer = await hive.ask(SCOUT, { body: messages('@Bash {"command":"echo hi"}') });
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const events = [...(await answer.body.text()).matchAll(/^event: (\w+)\ndata: (.*)$/gm)];
    expect(events.map((event) => event[1])).toEqual([
      'message_start',
      'ping',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    const data = events.map((event) => JSON.parse(event[2] ?? '') as Record<string, unknown>);
    expect(data[0]).toMatchObject({ message: { model: 'claude-sonnet-4-5', role: 'assistant', content: [] } });
    expect(data[2]).toMatchObject({ index: 0, content_block: { type: 'tool_use', name: 'Bash', input: {} } });
    expect(data[3]).toMatchObject({ delta: { type: 'input_json_delta', partial_json: '{"command":"echo hi"}' } });
    expect(data[5]).toMatchObject({ delta: { stop_reason: 'tool_use' }, usage: { output_tokens: expect.any(Number) } });
  });

  test('answers in one piece when it is asked to', async () => {
    const answer = await hive.ask(SCOUT, { body: messages('hello scout', { stream: false }) });
    expect(await answer.body.json()).toMatchObject({
      type: 'message',
      model: 'claude-sonnet-4-5',
      content: [{ type: 'text', text: expect.stringContaining('I read: "hello scout"') }],
      stop_reason: 'end_turn',
    });
  });

  test('counts tokens', async () => {
    const body = messages('hello');
    const answer = await hive.ask(SCOUT, { path: '/v1/messages/count_tokens?beta=true', body });
    expect(await answer.body.json()).toEqual({ input_tokens: Math.ceil(body.length / 4) });
  });

  test.each([
    ['{"model":', 'not valid JSON'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'not valid JSON in UTF-8'],
    ['{"model":"m","messages":[]}', 'messages'],
    ['[]', 'expected object'],
  ])('refuses %j', async (body, why) => {
    const answer = await hive.ask(SCOUT, { body });
    expect(answer.statusCode).toBe(400);
    const said = await answer.body.json();
    expect(said).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
    expect(JSON.stringify(said)).toContain(why);
  });

  test('fails on request', async () => {
    const answer = await hive.ask(SCOUT, { body: messages('@demo {"status":429,"retryAfter":30}') });
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('30');
    expect(await answer.body.json()).toMatchObject({ error: { type: 'rate_limit_error' } });
  });

  test('stops sleeping when the box leaves', async () => {
    const socket = connect(hive.around.socketOf(MANAGER));
    const body = messages('@demo {"sleepMs":60000}');
    socket.end(`POST /v1/messages HTTP/1.1\r\nHost: hive\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    socket.destroySoon();
    await vi.waitFor(() => {
      expect(hive.records().filter((record) => record.agent === MANAGER)).toMatchObject([
        { status: 0, provider: 'demo' },
      ]);
    });
  });
});
