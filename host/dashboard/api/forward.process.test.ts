import { expect, test } from 'vitest';
import { LINK, SESSION } from '../testing/start-hived.ts';
import { LETTER, withDashboard } from '../testing/with-dashboard.ts';

const given = withDashboard();

test('declared operations are forwarded after their input was validated', async () => {
  expect(JSON.parse((await given.ask('/api/agents')).text)).toEqual({ agents: [], lastSeq: 7 });
  const headers = { origin: `http://${given.host()}` };
  expect((await given.ask('/api/messages', { method: 'POST', headers, body: LETTER })).status).toBe(200);
  expect((await given.ask('/api/messages', { method: 'POST', headers, body: { ...LETTER, from: 'x' } })).code).toBe(
    'invalid_input',
  );
  expect(given.hived.called).toEqual(['listAgents', 'send']);
});

test('operations that are not declared for operators are not forwarded', async () => {
  const headers = { origin: `http://${given.host()}` };
  for (const path of [
    '/api/sign-in',
    '/api/given.hived.sessions/check',
    '/api/given.hived.sessions/end',
    '/api/shutdown',
    '/api/dashboard/link',
  ])
    expect(
      (await given.ask(path, { method: 'POST', headers, body: { token: LINK, session: SESSION } })).status,
      path,
    ).toBe(404);
  expect((await given.ask('/api/../sign-in', { method: 'POST', headers, body: {} })).status).toBe(404);
  expect((await given.ask('/api/agents/..%2f..%2fshutdown/start', { method: 'POST', headers, body: {} })).code).toBe(
    'invalid_input',
  );
  expect(given.hived.called).toEqual([]);
});

test('a file may be larger than all other requests, and needs a session and the own Origin like every change', async () => {
  const file = { name: 'map.bin', data: Buffer.alloc(10 * 1024 * 1024, 7).toString('base64') };
  const headers = { origin: `http://${given.host()}` };
  const upload = { method: 'POST', headers, body: file } as const;
  expect((await given.ask('/api/files', upload)).code).toBe('not_implemented');
  expect(given.hived.called).toEqual(['upload']);
  const small = { ...file, data: 'AAAA' };
  expect((await given.ask('/api/files', { ...upload, body: small, signedIn: false })).code).toBe('unauthenticated');
  const foreign = { origin: 'http://evil.example' };
  expect((await given.ask('/api/files', { ...upload, body: small, headers: foreign })).code).toBe('wrong_origin');
  const long = { to: 'manager', body: 'x'.repeat(600 * 1024) };
  expect((await given.ask('/api/messages', { method: 'POST', headers, body: long })).code).toBe('payload_too_large');
  expect(given.hived.called).toEqual(['upload']);
});

test('while hived is down calls and sign-in answer hive_unreachable; both work again afterwards', async () => {
  await given.stopHived();
  expect(await given.ask('/api/agents')).toMatchObject({ status: 503, code: 'hive_unreachable' });
  const link = await given.ask(`/sign-in?token=${LINK}`, { signedIn: false });
  expect([link.status, link.text.includes('not used up')]).toEqual([503, true]);
  expect((await given.ask('/')).status).toBe(200);
  await given.startHived();
  expect((await given.ask('/api/agents')).status).toBe(200);
  expect((await given.ask(`/sign-in?token=${LINK}`, { signedIn: false })).status).toBe(303);
});

test('an unreachable forge and an unreachable hive have different error codes', async () => {
  expect(await given.ask('/api/forge/repos')).toMatchObject({ status: 503, code: 'service_unavailable' });
});
