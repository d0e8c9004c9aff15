import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { adminSurface } from '../protocol/operations/admin.ts';
import { connectSurface } from './client.ts';

const NOBODY = 65_534;

test('a socket of another user is forbidden, which differs from an unreachable one', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hive-client-'));
  const socket = join(dir, 'admin.sock');
  const app = Fastify();
  await app.listen({ path: socket });
  await chmod(dir, 0o755);
  await chmod(socket, 0);
  const client = connectSurface(adminSurface, socket);
  const asked = process.geteuid?.() ?? 0;
  try {
    // File modes do not restrict root.
    if (asked === 0) process.seteuid?.(NOBODY);
    await expect(client.call('status', {})).rejects.toMatchObject({ code: 'forbidden', details: { socket } });
  } finally {
    process.seteuid?.(asked);
    await client.close();
    await app.close();
    await rm(dir, { recursive: true });
  }
  const nobody = connectSurface(adminSurface, socket);
  await expect(nobody.call('status', {})).rejects.toMatchObject({ code: 'hive_unreachable' });
  await nobody.close();
});
