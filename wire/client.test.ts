import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { op } from '../protocol/op.ts';
import { connectSurface, type SurfaceClient } from './client.ts';

const surface = {
  ask: op({
    name: 'ask',
    audiences: ['agent'],
    method: 'GET',
    path: '/ask',
    summary: 'Asks.',
    input: z.strictObject({}),
    output: z.strictObject({ answer: z.int() }),
    errors: [],
  }),
  list: op({
    name: 'list',
    audiences: ['agent'],
    method: 'GET',
    path: '/list',
    summary: 'Lists.',
    input: z.strictObject({}),
    output: z.strictObject({ rows: z.array(z.strictObject({ id: z.int() })) }),
    errors: [],
  }),
  count: op({
    name: 'count',
    audiences: ['agent'],
    method: 'GET',
    path: '/count',
    summary: 'Counts.',
    input: z.strictObject({}),
    output: z.strictObject({ seq: z.int() }),
    errors: [],
    stream: true,
  }),
} as const;

let dir: string;
let server: Server;
let client: SurfaceClient<typeof surface>;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hive-wire-'));
  client = connectSurface(surface, join(dir, 's.sock'));
});
afterEach(async () => {
  await client.close();
  await stop();
  rmSync(dir, { recursive: true });
});

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener).listen(join(dir, 's.sock'));
  await once(server, 'listening');
}

async function stop(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

const answer = (response: ServerResponse, n: number) => response.end(JSON.stringify({ answer: n }));

test('a kept connection is used again, and a server that was replaced is reached by the next call', async () => {
  let connections = 0;
  await serve((_, response) => answer(response, 1));
  server.on('connection', () => (connections += 1));
  for (let n = 0; n < 3; n += 1) expect(await client.call('ask', {})).toEqual({ answer: 1 });
  expect(connections).toBe(1);
  await stop();
  await serve((_, response) => answer(response, 2));
  expect(await client.call('ask', {})).toEqual({ answer: 2 });
});

test('no headers in time, and an answer that breaks off or stops, are hive_unreachable', async () => {
  const unreachable = { code: 'hive_unreachable' };
  await serve(() => undefined);
  await expect(client.call('ask', {}, { timeoutMs: 50 })).rejects.toMatchObject(unreachable);
  await stop();
  await serve((_, response) => response.write('{"answer"', () => response.destroy()));
  await expect(client.call('ask', {})).rejects.toMatchObject(unreachable);
  await stop();
  await serve((_, response) => response.write('{"answer"'));
  await expect(client.call('ask', {}, { timeoutMs: 50 })).rejects.toMatchObject(unreachable);
});

test('an answer of more than 16 MiB is not kept in memory', async () => {
  await serve((_, response) => response.end(`{"answer": ${' '.repeat(17 * 1024 * 1024)} 1}`));
  await expect(client.call('ask', {})).rejects.toMatchObject({
    code: 'hive_unreachable',
    cause: { message: 'the answer is too long' },
  });
});

test('what a server of a newer build answers besides is dropped; an answer that lacks something is refused', async () => {
  const answers = [
    {
      rows: [
        { id: 1, colour: 'red' },
        { id: 2, size: [3] },
      ],
      more: true,
    },
    { rows: [{ id: 'x', colour: 'red' }] },
  ];
  await serve((_, response) => response.end(JSON.stringify(answers.shift())));
  expect(await client.call('list', {})).toEqual({ rows: [{ id: 1 }, { id: 2 }] });
  await expect(client.call('list', {})).rejects.toThrow('expected number');
});

test('a call given up before, while it waits and while it reads rejects with the reason; the client goes on', async () => {
  let asked = 0;
  await serve((_, response) => {
    asked += 1;
    if (asked === 2) response.write('{"answer"');
    if (asked === 3) answer(response, 3);
    reached.abort(new Error('enough'));
  });
  let reached = new AbortController();
  reached.abort(new Error('too late'));
  await expect(client.call('ask', {}, { signal: reached.signal })).rejects.toThrow('too late');
  expect(asked).toBe(0);
  for (const _ of ['waiting', 'reading']) {
    reached = new AbortController();
    await expect(client.call('ask', {}, { signal: reached.signal })).rejects.toThrow('enough');
  }
  expect(await client.call('ask', {})).toEqual({ answer: 3 });
  expect(asked).toBe(3);
});

test.each(['before its end', 'when it has ended'])('a stream given up %s ends quietly', async (when) => {
  await serve((_, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write('data: {"seq":1}\n\ndata: {"seq":2}\n\n');
    if (when !== 'before its end') response.end();
  });
  const enough = new AbortController();
  const seen: number[] = [];
  for await (const { seq } of client.stream('count', {}, { signal: enough.signal })) {
    seen.push(seq);
    enough.abort();
  }
  expect(seen[0]).toBe(1);
});

test('closing ends calls that wait for their answer', async () => {
  await serve(() => void client.close());
  await expect(client.call('ask', {})).rejects.toMatchObject({ code: 'hive_unreachable' });
});
