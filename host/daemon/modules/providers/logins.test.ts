import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProviderKind, ProviderName } from '../../../../protocol/providers.ts';
import type { LoginReport } from '../../../../protocol/schemas/login.ts';
import { createKnownSecrets, type KnownSecrets } from '../../core/known-secrets.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { listMessages } from '../mail/store/messages.ts';
import { readKeyFiles } from '../secrets/read-key-files.ts';
import { handleProviders } from './handlers.ts';
import { openProviderKeys, type ProviderKeys } from './provider-keys.ts';
import { createProviderList } from './provider-list.ts';
import { createProviderState, type ProvidersLine, type ProviderState } from './provider-state.ts';

const OPENAI = 'openai' as ProviderName;
const CALL = { caller: 'hivectl' as const, lastEventId: null, signal: new AbortController().signal };
const ISSUED = 1_790_000_000;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object) => `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJlLW9mLWEtdG9rZW4`;
const ACCESS = jwt({ iss: 'https://auth.openai.com', iat: ISSUED, exp: ISSUED + 864_000 });
const ID_TOKEN = jwt({
  email: 'a@example.com',
  'https://api.openai.com/auth': { chatgpt_plan_type: 'plus', chatgpt_account_id: 'account-of-the-token' },
});
const REFRESH = 'rt_abcdefghijklmnop.the-first-one';
/** As codex writes it. */
const FILE = {
  auth_mode: 'chatgpt',
  OPENAI_API_KEY: null,
  tokens: { id_token: ID_TOKEN, access_token: ACCESS, refresh_token: REFRESH, account_id: 'account-7' },
  last_refresh: '2026-09-21T13:33:20.000Z',
};
const text = (more: object = {}) => JSON.stringify({ ...FILE, ...more }, null, 2);
const withTokens = (more: object) => text({ tokens: { ...FILE.tokens, ...more } });

let hive: TestHive;
let secrets: string;
let keys: ProviderKeys;
let known: KnownSecrets;
let state: ProviderState;
let lines: ProvidersLine[];
let handlers: ReturnType<typeof handleProviders>;
beforeEach(async () => {
  hive = openTestHive();
  secrets = join(hive.dir, 'secrets');
  await mkdir(secrets);
  known = createKnownSecrets();
  lines = [];
  await open();
});
afterEach(() => hive.close());

/** The module, as after a start of hived. */
async function open(): Promise<void> {
  const learn = async () => known.learn('keys', await readKeyFiles(secrets));
  await learn();
  keys = openProviderKeys(secrets, learn);
  const list = createProviderList(hive.db, {});
  const send = (line: ProvidersLine) => lines.push(line);
  const common = { ...hive, models: new Map(), list, keys, defaultProvider: OPENAI, send };
  const made = await createProviderState(common);
  made.use(hive);
  state = made;
  handlers = handleProviders({
    ...common,
    clock: () => hive.time.now,
    providerKeys: keys,
    providerList: list,
    providers: state,
    entryStates: { ask: () => Promise.resolve(null) },
    gatewayMoments: { ask: () => Promise.resolve(null) },
    gatewayStatus: () => ({ name: 'gateway', state: 'backing_off', pid: null, restarts: 2, reason: 'exited with 1' }),
    providerTests: { run: () => Promise.resolve({ ok: true, about: null, found: 'x', advice: null }) },
    makeRoom: () => false,
    onAgentsMoved: () => Promise.resolve(),
  });
}

const set = (login: string, more: { label?: string; add?: boolean; provider?: string } = {}) =>
  handlers.operator.setProvider(
    { add: false, setupToken: false, login, ...more, provider: (more.provider ?? OPENAI) as ProviderName },
    CALL,
  );
const add = (kind: ProviderKind, more: object = {}) =>
  handlers.operator.addProvider({ provider: 'team' as ProviderName, kind, setupToken: false, ...more }, CALL);
const report = (said: LoginReport) => handlers.gateway.reportLogin({ report: said });
const told = (name = 'openai') => lines.at(-1)?.providers.find((provider) => provider.name === name);
const loginOf = (name?: string) => {
  const login = told(name)?.keys[0]?.login;
  if (login === undefined) throw new Error('no login was told');
  return login;
};
const renewed = (n: number, renewals: number): LoginReport => ({
  state: 'renewed',
  login: loginOf().id,
  renewals,
  access: `${ACCESS}${n}`,
  refresh: `rt_abcdefghijklmnop.number-${n}`,
  expiresAt: 1_900_000_000_000 + n,
});
const says = (code: string, words: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as Error;

describe('the file of a login is imported', () => {
  test('told to the gateway with where it is used, shown as a login, and stored for hived alone', async () => {
    expect(await set(text())).toEqual({ provider: 'openai', hasKey: true, label: 'main' });
    expect(told()).toMatchObject({
      logins: { baseUrl: 'https://chatgpt.com/backend-api/codex', tokenUrl: 'https://auth.openai.com/oauth/token' },
      keys: [{ label: 'main', key: ACCESS }],
    });
    expect(loginOf()).toEqual({
      id: expect.any(String) as string,
      refresh: REFRESH,
      account: 'account-7',
      isFedramp: false,
      expiresAt: (ISSUED + 864_000) * 1_000,
      renewedAt: ISSUED * 1_000,
      renewals: 0,
      sentAt: null,
      ended: null,
    });
    expect(await readdir(secrets)).toEqual(['openai.key']);
    expect((await stat(join(secrets, 'openai.key'))).mode & 0o777).toBe(0o600);
    const { providers } = await handlers.operator.listProviders();
    expect(providers.find(({ name }) => name === 'openai')?.keys).toMatchObject([{ form: 'login', label: 'main' }]);
    const outside = JSON.stringify([providers, hive.heard]);
    for (const value of [ACCESS, REFRESH, 'account-7', 'a@example.com']) expect(outside).not.toContain(value);
    expect(known.redactText(`a ${ACCESS} b ${REFRESH}`)).toBe('a [secret:openai-key] b [secret:openai-key]');
  });

  test('as codex writes it without a mode, an account or times', async () => {
    const opaque = 'an-access-token-that-is-no-jwt';
    const tokens = { id_token: ID_TOKEN, access_token: opaque, refresh_token: REFRESH };
    await set(JSON.stringify({ tokens }));
    expect(told()?.keys[0]?.key).toBe(opaque);
    expect(loginOf()).toMatchObject({ account: 'account-of-the-token', expiresAt: null, renewedAt: hive.time.now });
  });

  test.each<[string, string, string]>([
    ['no JSON', 'rt_abc', 'it is not JSON'],
    ['other JSON', '["a"]', 'its fields are not'],
    ['an API key alone', JSON.stringify({ OPENAI_API_KEY: 'sk-proj-abcdef', tokens: null }), 'contains an API key'],
    ['the mode of an API key', text({ auth_mode: 'apikey', OPENAI_API_KEY: 'sk-proj-abcdef' }), 'an API key'],
    ['tokens of somebody else', text({ auth_mode: 'chatgptAuthTokens' }), 'no tokens of a ChatGPT login'],
    ['nothing', '{}', 'no tokens of a ChatGPT login'],
    ['no refresh token', withTokens({ refresh_token: '' }), 'refresh token is missing'],
    ['a token with a line break', withTokens({ access_token: 'ab\ncdefghijkl' }), 'access token is missing or damaged'],
  ])('not one with %s: one clear error, and nothing is left', async (_, given, words) => {
    const refused = set(given);
    await expect(refused).rejects.toThrow(says('invalid_input', words));
    await expect(refused).rejects.toThrow(says('invalid_input', 'codex login'));
    expect([await readdir(secrets), lines]).toEqual([[], []]);
  });

  test('not for a provider that takes none, not with a key, not with an address', async () => {
    await expect(set(text(), { provider: 'anthropic' })).rejects.toThrow(says('invalid_input', 'takes no logins'));
    await expect(add('openai', { login: text(), key: 'sk-a-key-beside' })).rejects.toThrow(
      says('invalid_input', 'one of these'),
    );
    await expect(add('openai')).rejects.toThrow(says('invalid_input', 'one of these'));
    const baseUrl = 'http://127.0.0.1:9/v1';
    await expect(add('openai', { login: text(), baseUrl })).rejects.toThrow(says('invalid_input', 'leave --url out'));
    expect(await readdir(secrets)).toEqual([]);
  });

  test('once: two accounts with one login would use its refresh token twice', async () => {
    await set(text());
    const again = says('duplicate_key', 'imported before (openai, label "main")');
    await expect(set(text(), { add: true })).rejects.toThrow(again);
    await expect(add('openai', { login: text() })).rejects.toThrow(again);
    await report(renewed(2, 0));
    // The file's token is used up.
    await expect(set(text())).rejects.toThrow(again);
    await expect(set(withTokens({ refresh_token: 'rt_abcdefghijklmnop.number-2' }))).rejects.toThrow(again);
    expect(await set(withTokens({ refresh_token: 'rt_of-another-login' }))).toMatchObject({ label: 'main' });
    await expect(add('openai', { login: text() })).resolves.toMatchObject({ provider: 'team' });
    expect(loginOf('team').refresh).toBe(REFRESH);
  });
});

const bodies = () =>
  listMessages(hive.db, { of: 'operator', before: Number.MAX_SAFE_INTEGER, limit: 10 }).map(({ body }) => body);

describe('the gateway reports a renewal', () => {
  test('it is stored in one piece for hived alone, redacted, and told to the gateway', async () => {
    await set(text());
    await report({ state: 'renewing', login: loginOf().id, renewals: 0 });
    // The line that a restarted gateway gets.
    expect(loginOf().sentAt).toBe(hive.time.now);
    await open();
    await state.push();
    expect(loginOf()).toMatchObject({ refresh: REFRESH, sentAt: hive.time.now, renewals: 0 });
    await report(renewed(2, 0));
    expect(told()?.keys[0]?.key).toBe(`${ACCESS}2`);
    const next = { refresh: 'rt_abcdefghijklmnop.number-2', renewals: 1, sentAt: null, renewedAt: hive.time.now };
    expect(loginOf()).toMatchObject({ ...next, account: 'account-7', expiresAt: 1_900_000_000_002 });
    expect(await readdir(secrets)).toEqual(['openai.key']);
    expect((await stat(join(secrets, 'openai.key'))).mode & 0o777).toBe(0o600);
    expect(known.redactText(`${ACCESS}2 rt_abcdefghijklmnop.number-2`)).toBe('[secret:openai-key] [secret:openai-key]');
    await open();
    await state.push();
    expect(loginOf()).toMatchObject(next);
  });

  test('again, late, or of a login that is gone: nothing changes', async () => {
    await set(text());
    const { id } = loginOf();
    await report(renewed(2, 0));
    await report(renewed(2, 0));
    await expect(report({ state: 'renewing', login: id, renewals: 0 })).rejects.toThrow(says('wrong_state', 'other'));
    await expect(report(renewed(3, 0))).rejects.toThrow(says('wrong_state', 'other tokens'));
    await expect(report({ state: 'ended', login: id, renewals: 0, why: 'reused' })).rejects.toThrow(
      says('wrong_state', ''),
    );
    expect(loginOf()).toMatchObject({ refresh: 'rt_abcdefghijklmnop.number-2', ended: null });
    const late = renewed(3, 1);
    await handlers.operator.removeProvider({ provider: OPENAI }, CALL);
    await expect(report(late)).rejects.toThrow(says('not_found', 'no such login'));
    expect(await readdir(secrets)).toEqual([]);
  });

  test('while the operator imports another login: that one stays', async () => {
    await set(text());
    const [, late] = await Promise.allSettled([
      set(withTokens({ refresh_token: 'rt_of-another-login' })),
      report(renewed(2, 0)),
    ]);
    expect(late?.status).toBe('rejected');
    expect(loginOf().refresh).toBe('rt_of-another-login');
  });

  test('of a login that has ended: the operator is told once, with what to do', async () => {
    await set(text());
    await report({ state: 'ended', login: loginOf().id, renewals: 0, why: 'reused' });
    expect(loginOf().ended).toBe('reused');
    for (let n = 0; n < 3; n += 1)
      await state.hear({ provider: OPENAI, key: 'main', state: 'refused', status: 401, ended: 'reused' });
    expect(bodies()).toEqual([
      'The login "main" of openai has ended: its refresh token was used before, perhaps by a program that still has the imported file. Agents that need the model wait. Log in again (codex login) and import it: hivectl provider set openai --label main --login FILE',
    ]);
    await set(withTokens({ refresh_token: 'rt_of-another-login' }), { label: 'main' });
    expect(state.view(OPENAI).refused).toBeNull();
  });

  test('that nobody knows the end of: the operator is told once, while the login still works, and when it has ended', async () => {
    await set(text());
    const { id } = loginOf();
    const at = hive.time.now;
    await report({ state: 'renewing', login: id, renewals: 0 });
    hive.time.now += 120_000;
    for (let n = 0; n < 2; n += 1) await report({ state: 'doubtful', login: id, renewals: 0 });
    expect(bodies()).toEqual([
      `Nobody knows whether the login "main" of openai was renewed at ${new Date(at).toISOString()}: no answer came, or the hive ended before it was stored. The login works until ${new Date((ISSUED + 864_000) * 1_000).toISOString()}. Then it is renewed once more, which fails if it was renewed before. To be on the safe side, log in again (codex login) and import it: hivectl provider set openai --label main --login FILE`,
    ]);
    expect(state.keysOf(OPENAI)).toMatchObject([{ interruptedAt: at }]);
    // Another try that certainly did not use the token settles nothing.
    await report({ state: 'renewing', login: id, renewals: 0 });
    await report({ state: 'unused', login: id, renewals: 0 });
    await open();
    await state.push();
    expect([loginOf().sentAt, state.keysOf(OPENAI)[0]?.interruptedAt]).toEqual([at, at]);
    await report({ state: 'ended', login: id, renewals: 0, why: 'reused' });
    await state.hear({ provider: OPENAI, key: 'main', state: 'refused', status: 401, ended: 'reused' });
    expect(bodies()).toHaveLength(2);
    expect(bodies()).toContainEqual(
      expect.stringContaining(
        `has ended: it was probably renewed at ${new Date(at).toISOString()}, and the hive did not get or keep the answer.`,
      ),
    );
  });

  test('that did not use the refresh token, or brought the next one, leaves no doubt', async () => {
    await set(text());
    const { id } = loginOf();
    await report({ state: 'renewing', login: id, renewals: 0 });
    await report({ state: 'unused', login: id, renewals: 0 });
    expect(loginOf().sentAt).toBeNull();
    await report({ state: 'renewing', login: id, renewals: 0 });
    await report({ state: 'doubtful', login: id, renewals: 0 });
    await report(renewed(2, 0));
    expect([loginOf().sentAt, state.keysOf(OPENAI)[0]?.interruptedAt]).toEqual([null, null]);
  });

  test('a damaged file is no login, and no reason not to start', async () => {
    await set(text());
    const path = join(secrets, 'openai.key');
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 200));
    await open();
    await state.push();
    expect(told()?.keys).toEqual([]);
  });
});
