import { expect, test } from 'vitest';
import { LINK, SESSION } from '../testing/start-hived.ts';
import { COOKIE, LETTER, withDashboard } from '../testing/with-dashboard.ts';

const given = withDashboard();

test('a sign-in link works once, sets a cookie that scripts cannot read, and redirects to the page', async () => {
  const first = await given.ask(`/sign-in?token=${LINK}`, { signedIn: false });
  expect(first.status).toBe(303);
  expect(first.headers['location']).toBe('/');
  const cookie = String(first.headers['set-cookie']);
  for (const part of [`${COOKIE}=${SESSION}`, 'HttpOnly', 'SameSite=Lax', 'Path=/', 'Max-Age='])
    expect(cookie).toContain(part);

  const second = await given.ask(`/sign-in?token=${LINK}`, { signedIn: false });
  expect(second.status).toBe(410);
  expect(second.text).toContain('hivectl dashboard link');
  expect(second.headers['set-cookie']).toBeUndefined();
});

test('two hives on one host name: the cookie of the other hive is neither accepted nor cleared', async () => {
  const other = `hive_session_0123456789ab=${SESSION}`;
  expect((await given.ask('/api/agents', { headers: { cookie: other } })).code).toBe('unauthenticated');
  const { headers } = await given.ask(`/sign-in?token=${LINK}`, { headers: { cookie: other } });
  expect(String(headers['set-cookie'])).not.toContain('0123456789ab');
});

test('a session in a cookie with the old name is moved to a cookie with the new name', async () => {
  const { status, headers } = await given.ask('/api/agents', { headers: { cookie: `hive_session=${SESSION}` } });
  const cookies = [headers['set-cookie']].flat().map(String);
  expect(status).toBe(200);
  expect(cookies.some((one) => one.startsWith(`${COOKIE}=${SESSION};`))).toBe(true);
  expect(cookies.some((one) => one.startsWith('hive_session=;'))).toBe(true);
});

test('the cookie is set again when hived extended the session, and not with every response', async () => {
  expect((await given.ask('/api/agents')).headers['set-cookie']).toBeDefined();
  expect((await given.ask('/api/agents')).headers['set-cookie']).toBeUndefined();
  given.hived.expiresAt += 86_400_000;
  // A session is cached for five seconds; use another one, which is not cached yet.
  given.hived.sessions.add('fresh');
  expect(String((await given.ask('/api/agents', { session: 'fresh' })).headers['set-cookie'])).toMatch(
    /Max-Age=864[45]\d/,
  );
});

test('the cookie is Secure when the browser uses HTTPS, whatever the proxy headers say', async () => {
  const cookieOf = async (headers: Record<string, string>) => {
    given.hived.links.add(LINK);
    return String((await given.ask(`/sign-in?token=${LINK}`, { signedIn: false, headers })).headers['set-cookie']);
  };
  const navigation = { 'sec-fetch-site': 'none' };
  expect(await cookieOf(navigation)).not.toContain('Secure');
  expect(await cookieOf({ host: 'hive.example.org', 'x-forwarded-proto': 'https' })).not.toContain('Secure');
  expect(await cookieOf({ host: 'hive.example.org', ...navigation })).toContain('Secure');
  // On the loopback only a change shows the scheme, in its Origin.
  given.hived.sessions.add('by-tls');
  const headers = { origin: `https://${given.host()}` };
  const sent = await given.ask('/api/messages', { method: 'POST', headers, body: LETTER, session: 'by-tls' });
  expect(String(sent.headers['set-cookie'])).toContain('Secure');
});

test('a HEAD request (link preview) does not use up the sign-in link', async () => {
  expect((await given.ask(`/sign-in?token=${LINK}`, { method: 'HEAD', signedIn: false })).status).toBe(404);
  expect((await given.ask(`/sign-in?token=${LINK}`, { signedIn: false })).status).toBe(303);
});

test('a missing or malformed token gets a page with instructions that echoes nothing of the request', async () => {
  const answer = await given.ask('/sign-in?token=%3Cscript%3E', { signedIn: false });
  expect(answer.status).toBe(410);
  expect(answer.text).not.toContain('<script');
  expect((await given.ask('/sign-in', { signedIn: false })).status).toBe(410);
});
