import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeClientHello } from '../fixtures/client-hello.ts';
import { PRIVATE_NAME, type PrivateProvider, startPrivateProvider } from '../fixtures/private-provider.ts';
import { askTls, readAll, type RunningEgress, runEgress } from '../fixtures/run-egress.ts';
import { SCOUT } from '../fixtures/run-gateway.ts';

/*
 * Vulnerability: an agent with an allowed host can move any amount of data there, or fetch it.
 * Scenario: connections that transfer more than the agent's quota, in either direction, in both ways to connect.
 * Verified: they end in the middle, further ones are refused with the quota's words, and sums are reported.
 */
const QUOTA = 1_000_000;
/** What may be read of a connection before it is ended: Node's chunk and the head. */
const CHUNK = 256 * 1024;
let hive: RunningEgress;
let endless: Server;
let received = 0;
let sums: { agent: string; bytes: number }[];
beforeEach(async () => {
  received = 0;
  sums = [];
  endless = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const block = Buffer.alloc(64 * 1024, 'x');
    const write = () => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', write);
    write();
  }).listen(0, '127.0.0.1');
  await once(endless, 'listening');
  hive = await runEgress({
    sendTraffic: (agents) => {
      sums.push(...agents);
      return Promise.resolve({ usedUp: [] });
    },
  });
});
afterEach(async () => {
  await hive.close();
  await new Promise((resolve) => endless.close(resolve));
});

const place = () => `files.test:${(endless.address() as AddressInfo).port}`;
const setQuota = (bytes: number, used = 0) =>
  hive.traffic.replace({
    type: 'quotas',
    agents: [{ name: SCOUT, quotas: [{ bytes, used, words: 'The quota of 1 MB a day is used up.' }], counted: [] }],
  });
const last = () => hive.records.at(-1);

test('a download over plain HTTP ends in the middle, and later requests are told why', async () => {
  hive.allow(place());
  setQuota(QUOTA);
  const socket = hive.open();
  socket.write(`GET http://${place()}/ HTTP/1.1\r\nHost: ${place()}\r\n\r\n`);
  let heard = 0;
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.length;
  });
  socket.once('end', () => socket.end());
  await once(socket, 'close');
  expect(heard).toBeGreaterThan(QUOTA - CHUNK);
  expect(heard).toBeLessThan(QUOTA + CHUNK);
  await vi.waitFor(() => expect(last()).toMatchObject({ verdict: 'refused', why: 'quota', rule: 1 }));
  const { bytesUp = 0, bytesDown = 0 } = last() ?? {};
  expect(bytesDown).toBeGreaterThanOrEqual(heard - 1_000);
  // Everything that passed is in the sum, and nothing twice.
  await vi.waitFor(() => expect(sums.at(-1)).toEqual({ agent: SCOUT, bytes: bytesUp + bytesDown }));

  const refused = await hive.say(`GET http://${place()}/ HTTP/1.1\r\nHost: ${place()}\r\n\r\n`);
  expect(refused).toContain('The quota of 1 MB a day is used up.');
  expect(refused).toMatch(/^HTTP\/1.1 403 /);
  expect((await hive.tunnel(place())).status).toBe(403);
  // More is given: the same agent goes on.
  setQuota(100 * QUOTA);
  expect((await hive.tunnel(place())).status).toBe(200);
});

test('an upload over plain HTTP ends in the middle', async () => {
  const deaf = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
  }).listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  const { port } = deaf.address() as AddressInfo;
  hive.allow(`files.test:${port}`);
  setQuota(QUOTA);
  const socket = hive.open();
  socket.write(
    `POST http://files.test:${port}/ HTTP/1.1\r\nHost: files.test:${port}\r\nContent-Length: 900000000\r\n\r\n`,
  );
  const block = Buffer.alloc(64 * 1024, 'x');
  const write = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', write);
  write();
  await readAll(socket).catch(() => undefined);
  await vi.waitFor(() => expect(last()).toMatchObject({ verdict: 'refused', why: 'quota' }));
  expect(received).toBeLessThan(QUOTA + CHUNK);
  expect(last()?.bytesUp).toBeGreaterThan(QUOTA - CHUNK);
  await new Promise((resolve) => deaf.close(resolve));
});

test('a tunnel ends in the middle, and one connection’s use counts for the next', async () => {
  const host: PrivateProvider = await startPrivateProvider();
  try {
    const target = `${PRIVATE_NAME}:${host.providerPort}`;
    hive.allow(target);
    setQuota(QUOTA);
    const first = await hive.tunnel(target);
    const secure = connectTls({ socket: first.socket, servername: PRIVATE_NAME, ca: host.caPem });
    secure.on('error', () => undefined);
    await once(secure, 'secureConnect');
    const block = Buffer.alloc(64 * 1024, 'x');
    const write = () => {
      while (!secure.destroyed && secure.write(block));
    };
    secure.write('POST / HTTP/1.1\r\nHost: provider\r\nContent-Length: 900000000\r\n\r\n');
    secure.on('drain', write);
    write();
    await once(first.socket, 'close');
    await vi.waitFor(() => expect(last()).toMatchObject({ kind: 'tunnel', verdict: 'refused', why: 'quota' }));
    expect(last()?.bytesUp).toBeLessThan(QUOTA + CHUNK);
    expect((await hive.tunnel(target)).text).toContain('The quota of 1 MB a day is used up.');
  } finally {
    await host.close();
  }
});

test('a download through a tunnel ends in the middle, and a reader that stops is counted for what it got', async () => {
  hive.allow(place());
  setQuota(QUOTA);
  const hello = await makeClientHello('files.test');
  const first = await hive.tunnel(place());
  let heard = 0;
  first.socket.on('data', (chunk: Buffer) => {
    heard += chunk.length;
    // A slow reader: it stops now and then.
    first.socket.pause();
    setImmediate(() => first.socket.resume());
  });
  first.socket.once('end', () => first.socket.end());
  first.socket.write(hello);
  await once(first.socket, 'close');
  await vi.waitFor(() => expect(last()).toMatchObject({ kind: 'tunnel', verdict: 'refused', why: 'quota' }));
  const { bytesUp = 0, bytesDown = 0 } = last() ?? {};
  expect(bytesUp).toBe(hello.length);
  expect(bytesDown).toBeLessThan(QUOTA + CHUNK);
  expect(heard).toBeLessThanOrEqual(bytesDown);
  await vi.waitFor(() => expect(sums.at(-1)).toEqual({ agent: SCOUT, bytes: bytesUp + bytesDown }));
});

test('within its quota an agent notices nothing', async () => {
  const host: PrivateProvider = await startPrivateProvider();
  try {
    hive.allow(`${PRIVATE_NAME}:${host.providerPort}`);
    setQuota(QUOTA);
    const { socket } = await hive.tunnel(`${PRIVATE_NAME}:${host.providerPort}`);
    expect(await askTls(socket, { servername: PRIVATE_NAME, caPem: host.caPem })).toContain('HTTP/1.1 ');
    await vi.waitFor(() => expect(last()).toMatchObject({ verdict: 'allowed', why: null }));
  } finally {
    await host.close();
  }
});
