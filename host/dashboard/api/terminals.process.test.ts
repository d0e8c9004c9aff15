import { expect, test } from 'vitest';
import { type Ask, withDashboard } from '../testing/with-dashboard.ts';

const given = withDashboard();

const ID = '11111111-1111-4111-8111-111111111111';
const OPEN = { path: '/api/agents/scout/terminals', body: { kind: 'shell' } };
const TYPE = { path: `/api/terminals/${ID}/input`, body: { key: ID, text: 'ls\r' } };

function post({ path, body }: typeof OPEN | typeof TYPE, more: Ask = {}) {
  return given.ask(path, { method: 'POST', body, ...more });
}

test('a terminal is neither opened nor typed into from another site, without a session, or unencrypted over a network', async () => {
  const ours = { origin: `http://${given.host()}` };
  for (const call of [OPEN, TYPE]) {
    expect((await post(call, { headers: { origin: 'http://evil.example' } })).code).toBe('wrong_origin');
    expect((await post(call, { headers: {} })).code).toBe('wrong_origin');
    expect((await post(call, { headers: ours, signedIn: false })).code).toBe('unauthenticated');
    const overNetwork = { host: 'hive.example.org', origin: 'http://hive.example.org' };
    expect((await post(call, { headers: overNetwork })).code).toBe('forbidden');
  }
  expect(given.hived.called).toEqual([]);
  for (const headers of [ours, { host: 'hive.example.org', origin: 'https://hive.example.org' }])
    for (const call of [OPEN, TYPE]) expect((await post(call, { headers })).code).toBe('not_implemented');
  expect(given.hived.called).toEqual(['openTerminal', 'typeInTerminal', 'openTerminal', 'typeInTerminal']);
});

test('what a terminal shows is read by nobody else', async () => {
  const path = `/api/terminals/${ID}/output`;
  expect((await given.ask(path, { signedIn: false })).code).toBe('unauthenticated');
  expect((await given.ask(path, { headers: { origin: 'http://evil.example' } })).code).toBe('wrong_origin');
  expect((await given.ask(path, { headers: { 'sec-fetch-site': 'same-site' } })).code).toBe('wrong_origin');
  expect(given.hived.called).toEqual([]);
});
