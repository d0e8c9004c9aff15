import { afterEach, expect, test, vi } from 'vitest';
import { connectFrames } from './connect-frames.ts';
import { MAX_BYTES, openFrameServer, openRawFrames, testSurface } from './testing/open-frame-server.ts';

// Vulnerability: any program in an agent's box can write to that agent's socket, and so into hived's memory and event
// loop. Scenario: bytes that violate the protocol. Verified: one clear error, the connection closed or bounded, and
// the server works for the next caller.

let server: Awaited<ReturnType<typeof openFrameServer>>;
afterEach(() => server.close());

async function serves(): Promise<void> {
  const client = connectFrames(testSurface, server.path);
  expect(await client.call('say', { who: 'ada', body: 'x' })).toBeDefined();
  client.close();
}

const head = (bytes: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(bytes);
  return buffer;
};

test.each([
  ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'payload_too_large'],
  ['a length of 4 GiB', head(0xffff_ffff), 'payload_too_large'],
  ['no JSON', Buffer.concat([head(3), Buffer.from('{"a')]), 'invalid_json'],
  ['no array', Buffer.concat([head(2), Buffer.from('{}')]), 'invalid_input'],
  ['an id that is no number', Buffer.concat([head(14), Buffer.from('["1","say",{}]')]), 'invalid_input'],
  ['a call without input', Buffer.concat([head(9), Buffer.from('[1,"say"]')]), 'invalid_input'],
  ['a fourth element', Buffer.concat([head(14), Buffer.from('[1,"say",{},1]')]), 'invalid_input'],
])('%s is reported once and ends the connection', async (_what, bytes, code) => {
  server = await openFrameServer();
  const raw = await openRawFrames(server.path);
  raw.socket.write(bytes);
  expect(await raw.closed).toBe(true);
  expect(raw.answers).toEqual([[null, 1, { error: { code, message: expect.any(String) as string } }]]);
  await serves();
});

test('half a frame, then silence: the connection ends', async () => {
  server = await openFrameServer({ frameMs: 30 });
  const raw = await openRawFrames(server.path);
  raw.send([1, 'say', { who: 'ada', body: 'whole' }]);
  raw.socket.write(Buffer.concat([head(1_000), Buffer.from('[2,"say"')]));
  expect(await raw.closed).toBe(true);
  expect(raw.answers).toMatchObject([
    [1, 0, {}],
    [null, 1, { error: { code: 'invalid_input' } }],
  ]);
  await serves();
});

test('a frame that trickles in is cut off in time, however steadily it trickles', async () => {
  server = await openFrameServer({ frameMs: 50 });
  const raw = await openRawFrames(server.path);
  raw.socket.write(head(MAX_BYTES));
  const drip = setInterval(() => raw.socket.write(' '), 5);
  expect(await raw.closed).toBe(true);
  clearInterval(drip);
  expect(raw.answers).toHaveLength(1);
});

test('an idle connection stays open', async () => {
  server = await openFrameServer({ frameMs: 1 });
  const raw = await openRawFrames(server.path);
  raw.send([1, 'hang', {}]);
  await vi.waitFor(() => expect(server.hanging).toHaveLength(1));
  const other = await openRawFrames(server.path);
  other.socket.write(head(9));
  await other.closed;
  server.hanging[0]?.release();
  expect(await raw.answered(1)).toEqual([[1, 0, {}]]);
  raw.socket.destroy();
});

test('10,000 calls in one write are answered, each once', async () => {
  server = await openFrameServer();
  const raw = await openRawFrames(server.path);
  raw.send(...Array.from({ length: 10_000 }, (_, id) => [id, 'say', { who: 'ada', body: 'x' }]));
  const answers = (await raw.answered(10_000)) as [number, number][];
  expect(new Set(answers.map(([id]) => id)).size).toBe(10_000);
  expect(answers.every(([, what]) => what === 0)).toBe(true);
  raw.socket.destroy();
});

test('10,000 calls that hang: only a bounded number begins, the rest waits in the socket', async () => {
  server = await openFrameServer();
  const raw = await openRawFrames(server.path);
  raw.send(...Array.from({ length: 10_000 }, (_, id) => [id, 'hang', {}]));
  await vi.waitFor(() => expect(server.hanging.length).toBe(128));
  await serves();
  expect(server.mostHanging()).toBe(128);
  while (raw.answers.length < 10_000) {
    const before = raw.answers.length;
    for (const call of server.hanging.splice(0)) call.release();
    await raw.answered(before + 1);
  }
  raw.socket.destroy();
});

test('a caller that reads no answers is no longer read from', async () => {
  server = await openFrameServer();
  const raw = await openRawFrames(server.path);
  raw.socket.pause();
  const body = 'x'.repeat(MAX_BYTES / 2);
  // 13 MB of answers that nobody reads.
  const calls = Array.from({ length: 400 }, (_, id) => [id, 'say', { who: 'ada', body }]);
  raw.send(...calls);
  await serves();
  await vi.waitFor(() => expect(raw.socket.writableLength).toBeGreaterThan(0));
  raw.socket.resume();
  expect(await raw.answered(400)).toHaveLength(400);
  raw.socket.destroy();
});

test('an id in flight is refused', async () => {
  server = await openFrameServer();
  const raw = await openRawFrames(server.path);
  raw.send([7, 'hang', {}], [7, 'hang', {}]);
  expect(await raw.closed).toBe(true);
  expect(raw.answers).toMatchObject([
    [null, 1, { error: { code: 'invalid_input', message: expect.stringContaining('7') as string } }],
  ]);
  expect(server.hanging).toHaveLength(1);
  expect(server.hanging[0]?.signal.aborted).toBe(true);
});

test('an id may be used again after its answer', async () => {
  server = await openFrameServer();
  const raw = await openRawFrames(server.path);
  raw.send([1, 'say', { who: 'a', body: '' }], [1, 'say', { who: 'b', body: '' }]);
  expect(await raw.answered(2)).toEqual([
    [1, 0, { said: 'scout to a: ' }],
    [1, 0, { said: 'scout to b: ' }],
  ]);
  raw.socket.destroy();
});

test('an unknown operation and cancelling an unknown call harm nobody', async () => {
  server = await openFrameServer();
  const raw = await openRawFrames(server.path);
  raw.send([1, '__proto__', {}], [99, 2], [2, 'say', { who: 'a', body: '' }]);
  expect(await raw.answered(2)).toMatchObject([
    [1, 1, { error: { code: 'not_found' } }],
    [2, 0, {}],
  ]);
  raw.socket.destroy();
});

test('a connection that dies with open calls aborts their signals, and nothing crashes', async () => {
  server = await openFrameServer();
  const raw = await openRawFrames(server.path);
  raw.send([1, 'hang', {}], [2, 'hang', {}]);
  await vi.waitFor(() => expect(server.hanging).toHaveLength(2));
  raw.socket.destroy();
  await vi.waitFor(() => expect(server.hanging.every(({ signal }) => signal.aborted)).toBe(true));
  await serves();
  expect(server.errors).toEqual([]);
});
