import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { MOST_OPEN, openRelay } from './relay.ts';

test('connections that somebody leaks do not take all descriptors: the one that is silent for longest goes', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hive-relay-'));
  const served = new Set<Socket>();
  const service = createServer((socket) => {
    served.add(socket);
    socket.on('error', () => undefined).on('close', () => served.delete(socket));
    socket.pipe(socket);
  }).listen(join(dir, 's.sock'));
  const relay = await openRelay(join(dir, 's.sock'), 0);
  const callers: Socket[] = [];
  onTestFinished(async () => {
    for (const caller of callers) caller.destroy();
    await relay.close();
    service.close();
    await rm(dir, { recursive: true, force: true });
  });
  const call = async () => {
    const caller = createConnection(relay.port, '127.0.0.1').on('error', () => undefined);
    callers.push(caller);
    await echo(caller);
    return caller;
  };
  const echo = async (caller: Socket) => {
    const heard = once(caller, 'data');
    caller.write('x');
    await heard;
  };
  const first = await call();
  const second = await call();
  for (let count = 2; count < MOST_OPEN; count += 1) await call();
  // The first speaks again, so the second is the silent one.
  await echo(first);
  const gone = once(second, 'close');
  await call();
  await gone;
  await echo(first);
  await expect.poll(() => served.size).toBe(MOST_OPEN);
});
