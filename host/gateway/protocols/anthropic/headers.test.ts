import { describe, expect, test } from 'vitest';
import { buildRequestHeaders, passesBack, servesClient } from './headers.ts';

describe('buildRequestHeaders', () => {
  test("replaces the box's identity by the hive's key", () => {
    const headers = buildRequestHeaders(
      {
        host: '127.0.0.1:7003',
        connection: 'keep-alive, X-Private',
        'x-private': 'for one hop',
        'x-api-key': 'box',
        authorization: 'Bearer box',
        'proxy-authorization': 'Basic box',
        cookie: 'box=1',
        forwarded: 'for=box',
        'x-forwarded-for': 'box',
        via: '1.1 box',
        'accept-encoding': 'gzip, br',
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'a,b',
        'content-length': '12',
        'user-agent': 'claude-cli/2',
      },
      { key: 'sk-ant-api03-hive', isOwnApi: true },
    );
    expect(headers).toEqual({
      'x-api-key': 'sk-ant-api03-hive',
      'accept-encoding': 'identity',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a,b',
      'user-agent': 'claude-cli/2',
    });
  });

  test('sends a subscription token as a bearer token, with the beta header that it needs', () => {
    expect(
      buildRequestHeaders({ 'anthropic-beta': 'a, oauth-2025-04-20' }, { key: 'sk-ant-oat01-x', isOwnApi: true }),
    ).toEqual({
      authorization: 'Bearer sk-ant-oat01-x',
      'accept-encoding': 'identity',
      'anthropic-beta': 'a,oauth-2025-04-20',
    });
  });
});

test('a compatible API gets a key in both of the headers in which such APIs read it', () => {
  expect(buildRequestHeaders({}, { key: 'sk-ant-oat01-x', isOwnApi: false })).toEqual({
    authorization: 'Bearer sk-ant-oat01-x',
    'x-api-key': 'sk-ant-oat01-x',
    'accept-encoding': 'identity',
  });
});

test('a subscription token serves Claude Code alone, a key and a compatible API any client', () => {
  const token = { key: 'sk-ant-oat01-x', isOwnApi: true };
  const own = { 'x-app': 'cli', 'user-agent': 'claude-cli/2.1.197 (external, sdk-cli)' };
  expect(servesClient(token, own)).toBe(true);
  for (const other of [
    {},
    { ...own, 'x-app': 'web' },
    { 'user-agent': own['user-agent'] },
    { ...own, 'user-agent': 'curl/8' },
  ])
    expect(servesClient(token, other)).toBe(false);
  expect(servesClient({ ...token, isOwnApi: false }, {})).toBe(true);
  expect(servesClient({ ...token, key: 'sk-ant-api03-x' }, {})).toBe(true);
});

test('passes back the headers that clients act on, and none about the account', () => {
  const headers = ['content-type', 'retry-after', 'anthropic-ratelimit-unified-reset', 'request-id'];
  const kept = ['anthropic-organization-id', 'set-cookie', 'x-echo', 'transfer-encoding'];
  expect([...headers, ...kept].filter(passesBack)).toEqual(headers);
});
