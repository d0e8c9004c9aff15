/**
 * Vulnerability: another site, DNS rebinding or another port of localhost makes the operator's browser talk to the
 * dashboard, or a client pretends to be a proxy.
 * Verified: such requests reach no operation of hived; requests of the page do.
 */
import { expect, test } from 'vitest';
import { LINK } from '../testing/start-hived.ts';
import { LETTER, withDashboard } from '../testing/with-dashboard.ts';

const given = withDashboard();

test('nothing under /api answers without a session', async () => {
  expect((await given.ask('/api/agents', { signedIn: false })).code).toBe('unauthenticated');
  expect((await given.ask('/api/agents', { signedIn: false, headers: { cookie: 'hive_session=guess' } })).code).toBe(
    'unauthenticated',
  );
  expect((await given.ask('/api/events/stream', { signedIn: false })).status).toBe(401);
  expect((await given.ask('/api/no-such-thing', { signedIn: false })).status).toBe(401);
  expect(given.hived.called).toEqual([]);
});

test('a foreign Host is refused everywhere, whatever X-Forwarded-* says', async () => {
  for (const path of ['/', '/api/agents', '/assets/a-1.js', `/sign-in?token=${LINK}`]) {
    const spoofed = {
      'x-forwarded-host': given.host(),
      'x-forwarded-proto': 'https',
      forwarded: `host=${given.host()}`,
    };
    const answer = await given.ask(path, { headers: { host: 'evil.example', ...spoofed } });
    expect([answer.status, answer.code], path).toEqual([421, 'wrong_host']);
  }
  expect((await given.ask('/api/agents', { headers: { host: `localhost:${given.dashboard.port}` } })).status).toBe(200);
  expect((await given.ask('/api/agents', { headers: { host: 'HIVE.example.org' } })).status).toBe(200);
  expect((await given.ask('/api/agents', { headers: { 'x-forwarded-host': 'evil.example' } })).status).toBe(200);
  expect(given.hived.links.has(LINK)).toBe(true);
});

test('a change from another origin is refused: other site, other port, no Origin, null', async () => {
  const foreign = [
    'http://evil.example',
    'http://127.0.0.1:1',
    `http://${given.host()}.evil.example`,
    'null',
    `ftp://${given.host()}`,
  ];
  for (const origin of foreign)
    expect((await given.ask('/api/messages', { method: 'POST', headers: { origin }, body: LETTER })).code, origin).toBe(
      'wrong_origin',
    );
  for (const site of ['cross-site', 'same-site', 'none'])
    expect(
      (await given.ask('/api/messages', { method: 'POST', headers: { 'sec-fetch-site': site }, body: LETTER })).code,
    ).toBe('wrong_origin');
  expect((await given.ask('/api/messages', { method: 'POST', body: LETTER })).code).toBe('wrong_origin');
  expect((await given.ask('/sign-out', { method: 'POST', headers: { origin: 'http://evil.example' } })).code).toBe(
    'wrong_origin',
  );
  expect(given.hived.called).toEqual([]);
  const sameOrigin = { 'sec-fetch-site': 'same-origin' };
  expect((await given.ask('/api/messages', { method: 'POST', headers: sameOrigin, body: LETTER })).status).toBe(200);
});

test('a form post of another site is not parsed as JSON', async () => {
  const headers = { origin: `http://${given.host()}`, 'content-type': 'text/plain' };
  expect((await given.ask('/api/messages', { method: 'POST', headers, body: LETTER })).status).toBe(400);
  expect(given.hived.called).toEqual([]);
});

test('every response has the security headers, and none allows another origin', async () => {
  for (const path of ['/', '/api/agents', '/sign-in', '/nowhere']) {
    const { headers } = await given.ask(path);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
});

/**
 * Vulnerability: a provider's key crosses a network unencrypted, or is stored in the dashboard.
 * Scenario: a key is sent over plain HTTP from another machine; without a session; and correctly.
 * Verified: the first two reach no operation; the third reaches hived only, and no response contains the key.
 */
test('a provider’s key is accepted only with a session, over HTTPS or on this machine, and is never echoed', async () => {
  const key = 'a-key-of-a-provider';
  const put = (host: string, origin: string, signedIn = true) =>
    given.ask('/api/providers/anthropic', { method: 'PUT', headers: { host, origin }, body: { key }, signedIn });
  const clear = await put('hive.example.org', 'http://hive.example.org');
  expect([clear.status, clear.code]).toEqual([403, 'forbidden']);
  const added = await given.ask('/api/providers', {
    method: 'POST',
    headers: { host: 'hive.example.org', origin: 'http://hive.example.org' },
    body: { provider: 'lab', kind: 'openai', key },
  });
  expect([added.status, added.code]).toEqual([403, 'forbidden']);
  const stranger = await put(given.host(), `http://${given.host()}`, false);
  expect([stranger.status, stranger.code]).toEqual([401, 'unauthenticated']);
  expect(given.hived.called).toEqual([]);
  const answers = [
    await put('hive.example.org', 'https://hive.example.org'),
    await put(given.host(), `http://${given.host()}`),
    await given.ask('/api/providers/anthropic', {
      method: 'PUT',
      headers: { origin: `http://${given.host()}` },
      body: { key: `${key} with a space` },
    }),
  ];
  expect(given.hived.called).toEqual(['setProvider', 'setProvider']);
  expect(answers.map(({ code }) => code)).toEqual(['not_implemented', 'not_implemented', 'invalid_input']);
  for (const { text } of [clear, stranger, ...answers]) expect(text).not.toContain(key);
});
