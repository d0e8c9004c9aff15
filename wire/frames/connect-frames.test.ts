import { rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectFrames, type FrameClient } from './connect-frames.ts';
import { MAX_BYTES, openFrameServer, testSurface } from './testing/open-frame-server.ts';

let server: Awaited<ReturnType<typeof openFrameServer>>;
let client: FrameClient<typeof testSurface>;

beforeEach(async () => {
  server = await openFrameServer();
  client = connectFrames(testSurface, server.path);
});
afterEach(async () => {
  client.close();
  await server.close();
});

const isHanging = (count: number) => vi.waitFor(() => expect(server.hanging).toHaveLength(count));

test('a call is answered, with the caller known from the socket', async () => {
  expect(await client.call('say', { who: 'ada', body: 'grüße 🐝' })).toEqual({ said: 'scout to ada: grüße 🐝' });
});

test('answers arrive in any order on one connection', async () => {
  const slow = client.call('hang', {});
  await isHanging(1);
  expect(await client.call('say', { who: 'ada', body: 'x' })).toBeDefined();
  server.hanging[0]?.release();
  expect(await slow).toEqual({});
});

test('errors are the server’s own', async () => {
  await expect(client.call('say', { who: 'nobody', body: '' })).rejects.toMatchObject({ code: 'unknown_agent' });
  await expect(client.call('say', { who: 1 } as never)).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining('who: ') as string,
  });
  await expect(client.call('say', [] as never)).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(client.call('constructor' as never, {} as never)).rejects.toMatchObject({
    code: 'not_found',
    message: 'There is no operation "constructor" here. There are: say, hang, lie.',
  });
  await expect(client.call('follow' as never, {} as never)).rejects.toMatchObject({ code: 'method_not_allowed' });
});

test('an unexpected failure is answered as internal, without its text, and logged', async () => {
  const error = await client.call('say', { who: 'bug', body: '' }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'internal' });
  expect(String(error)).not.toContain('secret');
  expect(server.errors).toEqual([expect.any(TypeError)]);
});

test('an answer that does not match its declaration is internal', async () => {
  await expect(client.call('lie', {})).rejects.toMatchObject({ code: 'internal' });
});

test('a call over the limit is refused before it is sent, and affects no other', async () => {
  const waiting = client.call('hang', {});
  await expect(client.call('say', { who: 'ada', body: 'é'.repeat(MAX_BYTES / 2) })).rejects.toMatchObject({
    code: 'payload_too_large',
  });
  await isHanging(1);
  server.hanging[0]?.release();
  expect(await waiting).toEqual({});
});

test('an aborted signal cancels the call: the handler is notified, the connection stays', async () => {
  const stop = new AbortController();
  const waiting = client.call('hang', {}, { signal: stop.signal });
  await isHanging(1);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await vi.waitFor(() => expect(server.hanging[0]?.signal.aborted).toBe(true));
  expect(await client.call('say', { who: 'ada', body: 'x' })).toBeDefined();
  await expect(client.call('hang', {}, { signal: stop.signal })).rejects.toThrow('enough');
  expect(server.hanging).toHaveLength(1);
});

test('a time-out is hive_unreachable, may have acted, and aborts the signal', async () => {
  await client.call('say', { who: 'ada', body: 'x' });
  await expect(client.call('hang', {}, { timeoutMs: 30 })).rejects.toMatchObject({
    code: 'hive_unreachable',
    details: { sent: true },
  });
  await vi.waitFor(() => expect(server.hanging[0]?.signal.aborted).toBe(true));
});

test('a server that goes away breaks open calls; the next call reconnects', async () => {
  const waiting = client.call('hang', {});
  await isHanging(1);
  const broken = expect(waiting).rejects.toMatchObject({ code: 'hive_unreachable', details: { sent: true } });
  await server.stop();
  await broken;
  await vi.waitFor(() => expect(server.hanging[0]?.signal.aborted).toBe(true));
  await rm(server.path, { force: true });
  await expect(client.call('say', { who: 'ada', body: 'x' })).rejects.toMatchObject({
    code: 'hive_unreachable',
    details: { sent: false },
  });
  await server.start();
  expect(await client.call('say', { who: 'ada', body: 'x' })).toBeDefined();
});

test('a server without frames is hive_unreachable, and nothing was sent', async () => {
  await server.stop();
  const plain = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => plain.listen(server.path, resolve));
  const error = await client.call('say', { who: 'ada', body: 'x' }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'hive_unreachable', details: { sent: false } });
  expect(String((error as Error).cause)).toContain('404');
  plain.closeAllConnections();
  await new Promise((resolve) => plain.close(resolve));
  await server.start();
});

test('a closed client ends open calls and makes no new ones', async () => {
  const waiting = client.call('hang', {});
  await isHanging(1);
  client.close();
  await expect(waiting).rejects.toMatchObject({ code: 'hive_unreachable' });
  await expect(client.call('hang', {})).rejects.toMatchObject({ details: { sent: false } });
});

test('any other upgrade is refused with the one that exists', async () => {
  const call = request({ socketPath: server.path, path: '/', headers: { connection: 'Upgrade', upgrade: 'h2c' } });
  const text = await new Promise<string>((resolve, reject) => {
    call.once('response', (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve(`${answer.statusCode ?? 0} ${body}`));
    });
    call.once('error', reject).end();
  });
  expect(text).toMatch(/^400 .*"invalid_input".*hive-frames/);
});
