import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { HiveError } from '../protocol/errors.ts';
import { op } from '../protocol/op.ts';
import { messageBody } from '../protocol/schemas/message.ts';
import { connectSurface } from './client.ts';
import { listenUnix } from '../system/socket/listen-unix.ts';
import { answerErrors, type Handlers, parseJsonBodies, serveSurface } from './routes.ts';

const surface = {
  say: op({
    name: 'say',
    audiences: ['agent'],
    method: 'POST',
    path: '/say/:who',
    summary: 'Says something.',
    input: z.strictObject({ who: z.string(), body: messageBody }),
    output: z.strictObject({ said: z.string() }),
    errors: ['message_too_large', 'unknown_agent'],
  }),
  count: op({
    name: 'count',
    audiences: ['agent'],
    method: 'GET',
    path: '/count',
    summary: 'Counts.',
    input: z.strictObject({ to: z.coerce.number<number | string>().int() }),
    output: z.strictObject({ seq: z.int() }),
    errors: [],
    stream: true,
  }),
} as const;

let dir: string;
let socket: string;
let app: ReturnType<typeof Fastify>;
const handlers: Handlers<typeof surface, string> = {
  say: ({ who, body }) => {
    if (who === 'nobody') throw new HiveError('unknown_agent');
    if (who === 'bug') throw new TypeError('a secret of the inside');
    return { said: `${who}: ${body}` };
  },
  async *count({ to }, { lastEventId }) {
    for (let seq = (lastEventId ?? 0) + 1; seq <= to; seq += 1) yield { seq };
  },
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'wire-'));
  socket = join(dir, 's.sock');
  app = Fastify();
  parseJsonBodies(app);
  answerErrors(app);
  serveSurface(app, surface, { handlers, callerOf: () => 'test' });
  await listenUnix(app, socket, { mode: 0o600 });
});
afterEach(async () => {
  await app.close();
  rmSync(dir, { recursive: true, force: true });
});

function post(body: Buffer | string, path = '/say/scout'): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath: socket, path, method: 'POST', headers: { 'content-type': 'application/json' } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      },
    );
    call.on('error', reject).end(body);
  });
}

test('an operation is called with its path, body and answer', async () => {
  const client = connectSurface(surface, socket);
  expect(await client.call('say', { who: 'scout', body: 'hi' })).toEqual({ said: 'scout: hi' });
  await expect(client.call('say', { who: 'nobody', body: 'hi' })).rejects.toMatchObject({ code: 'unknown_agent' });
  await client.close();
});

test.each([
  ['{"body":', 'invalid_json', 400],
  [Buffer.from([0x7b, 0x22, 0x62, 0x6f, 0x64, 0x79, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'invalid_json', 400],
  ['[]', 'invalid_input', 400],
  ['"x"', 'invalid_input', 400],
  ['{"body":"x","from":"operator"}', 'invalid_input', 400],
  ['{"body":""}', 'invalid_input', 400],
  ['{"body":"\\ud800"}', 'invalid_input', 400],
  [JSON.stringify({ body: 'x'.repeat(65 * 1024) }), 'message_too_large', 413],
  [JSON.stringify({ body: 'x'.repeat(2 * 1024 * 1024) }), 'payload_too_large', 413],
])('a body such as %.30s is one clear error', async (body, code, status) => {
  const answer = await post(body);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toMatchObject({ error: { code, message: expect.any(String) as string } });
});

test('an unexpected failure is answered as internal, without its text', async () => {
  const answer = await post('{"body":"x"}', '/say/bug');
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain('secret');
});

test('a stream resumes after the last received event', async () => {
  const client = connectSurface(surface, socket);
  const seen: number[] = [];
  for await (const event of client.stream('count', { to: 5 }, { lastEventId: 2 })) seen.push(event.seq);
  expect(seen).toEqual([3, 4, 5]);
  await client.close();
});

test('a stream that comes faster than its reader reads is whole and in order', async () => {
  const client = connectSurface(surface, socket);
  let seen = 0;
  for await (const { seq } of client.stream('count', { to: 50_000 })) {
    seen += 1;
    expect(seq).toBe(seen);
    if (seen % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(seen).toBe(50_000);
  await client.close();
});

test('a call far larger than the server reads is refused with its own words, again and again', async () => {
  const client = connectSurface(surface, socket);
  const body = 'x'.repeat(8 * 1024 * 1024);
  for (let n = 0; n < 20; n += 1)
    await expect(client.call('say', { who: 'scout', body })).rejects.toMatchObject({ code: 'payload_too_large' });
  await client.close();
});

test('a missing server is hive_unreachable', async () => {
  const client = connectSurface(surface, join(dir, 'none.sock'));
  await expect(client.call('say', { who: 'x', body: 'x' })).rejects.toMatchObject({ code: 'hive_unreachable' });
  await client.close();
});

test('an operation without a handler, or a handler without an operation, stops the start', () => {
  const { say, count } = handlers;
  const options = { callerOf: () => 'test' };
  const missing = { say } as unknown as typeof handlers;
  expect(() => serveSurface(Fastify(), surface, { ...options, handlers: missing })).toThrow('without a handler: count');
  const surplus = { say, count, extra: say } as unknown as typeof handlers;
  expect(() => serveSurface(Fastify(), surface, { ...options, handlers: surplus })).toThrow(
    'without a declared operation: extra',
  );
});

test('invalid input of any size is answered with a readable sentence', async () => {
  const nonsense = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`field-${n}-${'x'.repeat(50)}`, n]));
  const client = connectSurface(surface, socket);
  const error = await client
    .call('say', { who: 'you', body: 'hello', ...nonsense } as never)
    .catch((thrown: unknown) => thrown as HiveError);
  expect(error).toMatchObject({ code: 'invalid_input' });
  expect(JSON.stringify((error as HiveError).toBody()).length).toBeLessThan(2_000);
  await client.close();
});
