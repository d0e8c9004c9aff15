import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from './create-server.ts';
import { HIVE_ID, withDashboard } from './testing/with-dashboard.ts';

const given = withDashboard();

test('the page is served at its routes, assets are immutable, and no path escapes the directory', async () => {
  for (const path of ['/', '/agents/coder', '/agents/coder/mailbox', '/messages/3', '/questions', '/forge'])
    expect((await given.ask(path, { signedIn: false })).text, path).toContain('<title>page');
  const asset = await given.ask('/assets/a-1.js');
  expect(asset.headers['cache-control']).toContain('immutable');
  const outside = ['/assets/%2e%2e/index.html', '/assets/%2E%2e/a', '/assets/..%2f..%2fhived.sock', '/assets/.%00./a'];
  for (const path of [...outside, '/assets//x', '/assets/%00', '/assets/', '/assets/a-1.js/'])
    expect(['not_found', 'invalid_input'], path).toContain((await given.ask(path)).code);
  const lost = await given.ask('/nowhere', { headers: { accept: 'text/html' } });
  expect([lost.status, lost.text.includes('<title>page')]).toEqual([404, true]);
  expect((await given.ask('/nowhere')).code).toBe('not_found');
});

test('a port in use is reported with the setting to change', async () => {
  const settings = {
    hiveId: HIVE_ID,
    host: '127.0.0.1',
    port: given.dashboard.port,
    allowedHosts: [],
    hivedSocket: 'x',
    forgeSocket: 'y',
    forgeTokenSocket: 'z',
  };
  await expect(
    startServer({ ...settings, webDir: join(given.dir, 'web') }, { logLevel: 'silent' }),
  ).rejects.toMatchObject({
    code: 'port_in_use',
    message: expect.stringContaining('dashboard.port') as string,
  });
});
