import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import type { Settings } from '../config.ts';
import { findPortFree } from './dashboard-port.ts';

test('a port held by another process is refused; one that is released within the limit is waited for', async () => {
  const stranger = createServer().listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const { port } = stranger.address() as AddressInfo;
  const settings = { dashboard: { host: '127.0.0.1', port }, configFile: '/root/config.yaml' } as Settings;
  const context = { settings, dist: '', signal: new AbortController().signal };
  await expect(findPortFree(context, () => undefined, 300)).rejects.toMatchObject({
    code: 'port_in_use',
    message: expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`),
  });
  // The step reports that it waits; then the port is released.
  expect(await findPortFree(context, () => void stranger.close(), 30_000)).toBe(`${port} on 127.0.0.1 is free`);
});
