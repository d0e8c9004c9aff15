import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLargeBuffers, DirectSocket } from './direct-socket.ts';

/** A connection to a server that does `serve`, and the server's end of it. */
async function open(serve: (socket: Socket) => void, most = 1) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const large = createLargeBuffers(most);
  const from = new DirectSocket({ large });
  from.connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const [far] = await accepted;
  onTestFinished(() => {
    from.destroy();
    far.destroy();
    server.close();
  });
  return { from, far, large };
}

/** An end that keeps what is written as it stands in memory, and is done with each piece when the test says so. */
function holdEach() {
  const held: { bytes: Uint8Array; done: () => void }[] = [];
  const to = new Duplex({
    allowHalfOpen: true,
    read: () => undefined,
    write(bytes: Uint8Array, _encoding, done) {
      held.push({ bytes, done: () => done() });
    },
  }) as unknown as Socket;
  return { to, held };
}

/** Content of which every part is recognisable. */
function makeContent(bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) content.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
  return content;
}

test('everything arrives in order, also at an end that takes it slowly, and the end is passed on', async () => {
  const content = makeContent(3_000_000);
  const { from } = await open((socket) => void socket.end(content));
  const { to, held } = holdEach();
  const parts: Buffer[] = [];
  from.carryTo(to, () => undefined);
  while (!to.writableFinished) {
    await vi.waitFor(() => expect(held.length > 0 || to.writableFinished).toBe(true));
    for (const { bytes, done } of held.splice(0)) {
      // As a kernel that takes it only now.
      parts.push(Buffer.from(bytes));
      done();
    }
    await new Promise(setImmediate);
  }
  expect(Buffer.concat(parts).equals(content)).toBe(true);
  // Bulk data comes in larger pieces than a stream's.
  expect(Math.max(...parts.map(({ length }) => length))).toBeGreaterThan(64 * 1024);
});

test('nothing is read over a piece that was not taken yet', async () => {
  const content = makeContent(1_000_000);
  const { from, far } = await open((socket) => void socket.write(content.subarray(0, 1_000)));
  const { to, held } = holdEach();
  from.carryTo(to, () => undefined);
  await vi.waitFor(() => expect(held).toHaveLength(1));
  const size = held[0]!.bytes.length;
  far.write(content.subarray(1_000));
  // A round trip in the other direction: whatever would be read is read.
  for (let turn = 0; turn < 5; turn += 1) {
    from.write('x');
    await once(far, 'data');
  }
  expect(held).toHaveLength(1);
  expect(from.bytesRead).toBe(size);
  expect(Buffer.from(held[0]!.bytes).equals(content.subarray(0, size))).toBe(true);
  held[0]!.done();
  await vi.waitFor(() => expect(held).toHaveLength(2));
});

test('nothing is read before it is carried', async () => {
  const { from } = await open((socket) => void socket.end('early'));
  expect(from.bytesRead).toBe(0);
  const { to, held } = holdEach();
  from.carryTo(to, () => undefined);
  await vi.waitFor(() => expect(held.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['early']));
});

test('an end that was ended can still be written to', async () => {
  const { from, far } = await open((socket) => void socket.end('bye'));
  const { to, held } = holdEach();
  from.carryTo(to, () => undefined);
  await vi.waitFor(() => expect(held).toHaveLength(1));
  held[0]!.done();
  await once(to, 'finish');
  from.write('and you');
  const [heard] = (await once(far, 'data')) as [Buffer];
  expect(heard.toString()).toBe('and you');
});

test('a connection gives its large buffer back', async () => {
  const { from, large } = await open((socket) => void socket.end(makeContent(2_000_000)));
  const { to, held } = holdEach();
  let counted = 0;
  from.carryTo(to, () => {
    counted = from.bytesRead;
  });
  await vi.waitFor(() => {
    for (const { done } of held.splice(0)) done();
    expect(counted).toBe(2_000_000);
  });
  expect(large.take()).toBe(false);
  from.destroy();
  await once(from, 'close');
  expect(large.take()).toBe(true);
  expect(large.take()).toBe(false);
});

test('a signal ends the connection', async () => {
  const gone = new AbortController();
  const from = new DirectSocket({ large: createLargeBuffers(1), signal: gone.signal });
  from.on('error', () => undefined);
  gone.abort();
  await vi.waitFor(() => expect(from.destroyed).toBe(true));
});
