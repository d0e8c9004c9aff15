import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyRequest } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { op } from '../protocol/op.ts';
import { connectSurface } from './client.ts';
import { listenUnix } from '../system/socket/listen-unix.ts';
import { answerErrors, parseJsonBodies, serveSurface } from './routes.ts';

const data = z.strictObject({ data: z.base64() });
const surface = {
  keep: op({
    name: 'keep',
    audiences: ['agent'],
    method: 'POST',
    path: '/keep',
    summary: 'Takes a file.',
    input: data,
    output: z.strictObject({ length: z.int() }),
    errors: [],
    carriesFile: true,
  }),
  say: op({
    name: 'say',
    audiences: ['agent'],
    method: 'POST',
    path: '/say',
    summary: 'Takes a word.',
    input: data,
    output: z.strictObject({ length: z.int() }),
    errors: [],
  }),
} as const;

let dir: string;
let socket: string;
let app: ReturnType<typeof Fastify>;
/** Running handlers, the highest concurrency so far, and functions that let them end. */
let running: (() => void)[];
let most: number;
let held: boolean;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'wire-files-'));
  socket = join(dir, 's.sock');
  running = [];
  most = 0;
  held = false;
  app = Fastify();
  parseJsonBodies(app);
  answerErrors(app);
  serveSurface(app, surface, {
    callerOf: (request: FastifyRequest) => String(request.headers['x-who'] ?? 'scout'),
    handlers: {
      async keep(input) {
        if (held)
          await new Promise<void>((resolve) => {
            running.push(resolve);
            most = Math.max(most, running.length);
          });
        return { length: input.data.length };
      },
      say: (input) => ({ length: input.data.length }),
    },
  });
  await listenUnix(app, socket, { mode: 0o600 });
});
afterEach(async () => {
  for (const end of running) end();
  await app.close();
  rmSync(dir, { recursive: true, force: true });
});

const MIB = 1024 * 1024;
const base64 = (bytes: number) => Buffer.alloc(bytes).toString('base64');

/** A call made by hand: its answer, and a way to disconnect. */
function post(path: string, options: { who: string; body: string }) {
  const call = request({
    socketPath: socket,
    path,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-who': options.who },
  });
  const answered = new Promise<number>((resolve, reject) => {
    call.on('error', reject).on('response', (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
  });
  call.end(options.body);
  return { answered, leave: () => call.destroy() };
}

test('a file of 10 MiB is accepted where it is allowed, and only there', async () => {
  const client = connectSurface(surface, socket);
  const file = base64(10 * MIB);
  expect(await client.call('keep', { data: file })).toEqual({ length: file.length });
  await expect(client.call('say', { data: file })).rejects.toMatchObject({ code: 'payload_too_large' });
  await expect(client.call('keep', { data: base64(30 * MIB) })).rejects.toMatchObject({ code: 'payload_too_large' });
  await client.close();
});

// Vulnerability: an agent has 64 connections, and each may send 14 MiB. Scenario: one agent sends many files at once
// while another sends one. Verified: one call per caller is read at a time, the other caller does not wait, and all
// are answered.
test('one caller has one file in flight at a time; others do not wait for it', async () => {
  held = true;
  const body = JSON.stringify({ data: base64(1_000) });
  const own = Array.from({ length: 20 }, () => post('/keep', { who: 'scout', body }).answered);
  const other = post('/keep', { who: 'coder', body }).answered;
  await expect.poll(() => running.length).toBe(2);
  expect(most).toBe(2);
  held = false;
  for (const end of running.splice(0)) end();
  expect(await Promise.all([...own, other])).toEqual(Array.from({ length: 21 }, () => 200));
});

test('a caller that disconnects while waiting, or in the middle, blocks nobody', async () => {
  held = true;
  const body = JSON.stringify({ data: base64(1_000) });
  const first = post('/keep', { who: 'scout', body });
  await expect.poll(() => running.length).toBe(1);
  const second = post('/keep', { who: 'scout', body });
  const third = post('/keep', { who: 'scout', body });
  const gone = Promise.allSettled([first.answered, second.answered]);
  second.leave();
  first.leave();
  await gone;
  await expect.poll(() => running.length).toBe(2);
  for (const end of running.splice(0)) end();
  expect(await third.answered).toBe(200);
});
