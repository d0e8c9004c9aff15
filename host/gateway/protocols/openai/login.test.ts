import { describe, expect, test } from 'vitest';
import { isOwnClient } from './headers.ts';
import { readLeft, readLimit } from './limits.ts';
import { login } from './login.ts';

const NOW = 1_800_000_000_000;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object) => `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
const REFRESH = 'rt_the-next-one';
const read = (status: number, body: unknown) =>
  login.read({ status, body: typeof body === 'string' ? body : JSON.stringify(body) }, NOW);
const renewed = (more: object) => read(200, { access_token: 'an-access-token', refresh_token: REFRESH, ...more });

describe('the answer to a refresh token', () => {
  test('how long the next access token is valid counts from now, whatever the clocks say', () => {
    const yearBefore = NOW / 1_000 - 31_536_000;
    const token = jwt({ iat: yearBefore, exp: yearBefore + 600 });
    expect(renewed({ access_token: token })).toEqual({
      is: 'renewed',
      access: token,
      refresh: REFRESH,
      expiresAt: NOW + 600_000,
    });
    expect(renewed({ access_token: token, expires_in: 60 })).toMatchObject({ expiresAt: NOW + 60_000 });
    expect(renewed({ access_token: jwt({ exp: 1_900_000_000 }) })).toMatchObject({ expiresAt: 1_900_000_000_000 });
    expect(renewed({})).toMatchObject({ expiresAt: null });
    expect(renewed({ refresh_token: undefined })).toMatchObject({ refresh: null });
  });

  test.each<[number, unknown, object]>([
    [401, { error: { code: 'refresh_token_expired' } }, { is: 'ended', why: 'expired' }],
    [400, { error: { code: 'Refresh_Token_Reused' } }, { is: 'ended', why: 'reused' }],
    [403, { code: 'refresh_token_invalidated' }, { is: 'ended', why: 'revoked' }],
    [400, { error: 'invalid_grant', error_description: 'x' }, { is: 'ended', why: 'refused' }],
    [401, 'no JSON', { is: 'ended', why: 'refused' }],
    [403, '<html>a page of a firewall</html>', { is: 'failed' }],
    [429, {}, { is: 'failed' }],
    [302, '', { is: 'failed' }],
    [500, { error: {} }, { is: 'unknown' }],
    [200, '<html>a sign-in page</html>', { is: 'unknown' }],
    [200, { access_token: 'with a blank', refresh_token: REFRESH }, { is: 'unknown' }],
  ])('%i %j', (status, body, expected) => {
    expect(read(status, body)).toEqual(expected);
  });
});

test('codex is known by its names in two headers, which agree', () => {
  const names = (originator: string, agent = `${originator}/0.169.0 (Debian 12.0.0; x86_64)`) =>
    isOwnClient({ originator, 'user-agent': agent });
  for (const own of ['codex_exec', 'codex_cli_rs', 'codex-tui', 'codex_vscode', 'Codex Desktop'])
    expect([own, names(own)]).toEqual([own, true]);
  for (const other of ['', 'curl', 'my_codex_exec', 'codex', 'codex_exec/0']) expect([other, names(other)]).toEqual([other, false]); // prettier-ignore
  expect([names('codex_exec', 'curl/8'), names('codex_exec', 'codex_exec/x'), isOwnClient({})]).toEqual([false, false, false]); // prettier-ignore
});

test('the windows of a plan are limits; a window that is used up says when it turns', () => {
  const headers = {
    'x-codex-primary-used-percent': '100',
    'x-codex-primary-reset-at': String(NOW / 1_000 + 60),
    'x-codex-secondary-used-percent': '100.0',
    'x-codex-secondary-reset-at': String(NOW / 1_000 + 600),
  };
  const body = (error: object) => JSON.stringify({ error });
  const limit = (error: object, given = headers) => readLimit({ status: 429, headers: given, body: body(error) }, NOW);
  expect(limit({ type: 'usage_limit_reached' })).toEqual({ kind: 'quota', until: NOW + 600_000 });
  expect(limit({ type: 'usage_limit_reached', resets_at: NOW / 1_000 + 5 })).toMatchObject({ until: NOW + 5_000 });
  expect(limit({ type: 'usage_not_included' }, {} as never)).toEqual({ kind: 'quota', until: null });
  expect(readLeft({ ...headers, 'x-codex-primary-used-percent': '12.5', 'x-codex-secondary-used-percent': '80' })).toMatchObject({ share: expect.closeTo(0.2) as number }); // prettier-ignore
});
