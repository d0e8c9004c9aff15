import { expect, test } from 'vitest';
import { request } from 'undici';
import { ENDLESS, SESSION } from '../testing/start-hived.ts';
import { COOKIE, withDashboard } from '../testing/with-dashboard.ts';

const given = withDashboard();

test('the event stream checks the Origin and resumes after Last-Event-ID', async () => {
  expect((await given.ask('/api/events/stream', { headers: { origin: 'http://evil.example' } })).code).toBe(
    'wrong_origin',
  );
  expect((await given.ask('/api/events/stream', { headers: { 'sec-fetch-site': 'same-site' } })).code).toBe(
    'wrong_origin',
  );
  expect(given.hived.lastResume).toBeNull();
  const stream = await given.ask('/api/events/stream', {
    headers: { 'last-event-id': '7', origin: `http://${given.host()}` },
  });
  expect(stream.headers['content-type']).toContain('text/event-stream');
  expect(stream.headers['x-content-type-options']).toBe('nosniff');
  expect(stream.text).toContain('id: 8\ndata: {"seq":8,');
  expect(given.hived.lastResume).toBe(7);
});

/** Opens a stream that does not end by itself; `over` resolves when the dashboard ends it. */
async function openStream(session: string) {
  const answer = await request(`http://127.0.0.1:${given.dashboard.port}/api/events/stream?after=${ENDLESS}`, {
    headers: { host: given.host(), cookie: `${COOKIE}=${session}` },
  });
  const over = answer.body.text().catch(() => 'cut');
  return { status: answer.statusCode, over };
}

test('70 open streams do not use up the connections for calls', async () => {
  const five = Array.from({ length: 5 }, (_, i) => `session-${i}`);
  for (const session of five) given.hived.sessions.add(session);
  const opened = await Promise.all(Array.from({ length: 70 }, (_, i) => openStream(five[i % 5] ?? '')));
  expect(opened.map(({ status }) => status)).toEqual(Array.from({ length: 70 }, () => 200));
  expect((await given.ask('/api/agents')).status).toBe(200);
  await given.dashboard.stop(0);
  await Promise.all(opened.map(({ over }) => over));
});

test('a session has at most 16 streams, and a closed stream frees its slot', async () => {
  const opened = await Promise.all(Array.from({ length: 16 }, () => openStream(SESSION)));
  const refused = await openStream(SESSION);
  expect([refused.status, JSON.parse(await refused.over).error.code]).toEqual([429, 'too_many_streams']);
  given.hived.sessions.add('another');
  expect((await openStream('another')).status).toBe(200);
  // Streams that were opened and closed before do not count.
  for (let i = 0; i < 40; i++) expect((await given.ask('/api/events/stream', { session: 'another' })).status).toBe(200);
  await given.dashboard.stop(0);
  await Promise.all(opened.map(({ over }) => over));
});

test('signing out ends the open streams of that session only', async () => {
  given.hived.sessions.add('another');
  const [mine, other] = await Promise.all([openStream(SESSION), openStream('another')]);
  const headers = { origin: `http://${given.host()}` };
  expect((await given.ask('/sign-out', { method: 'POST', headers })).text).toBe('{"ended":true}');
  expect(await mine.over).toContain('id: 8');
  expect((await given.ask('/api/agents')).code).toBe('unauthenticated');
  const still = await Promise.race([other.over.then(() => 'over'), given.ask('/').then(() => 'open')]);
  expect(still).toBe('open');
  await given.dashboard.stop(0);
  await other.over;
});
