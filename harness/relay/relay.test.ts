import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { MOST_OPEN, openRelay } from './relay.ts';

test('leaked connections use up neither all descriptors nor displace connections in use', async () => {
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
  const leak = async (count: number) => {
    for (; count > 0; count -= 1) {
      const caller = createConnection(relay.port, '127.0.0.1').on('error', () => undefined);
      callers.push(caller);
      await once(caller, 'connect');
    }
  };
  // Twice the limit: they displace each other.
  await leak(2 * MOST_OPEN);
  await expect.poll(() => served.size).toBe(MOST_OPEN);
  await echo(first);
  const third = await call();
  // With all of them in use, the least recently used one is closed.
  for (let count = 3; count < MOST_OPEN; count += 1) await call();
  await echo(first);
  await echo(third);
  const gone = once(second, 'close');
  await call();
  await gone;
  await echo(first);
  await expect.poll(() => served.size).toBe(MOST_OPEN);
});
