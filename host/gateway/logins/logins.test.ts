import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProviderName } from '../../../protocol/providers.ts';
import type { LoginState } from '../../../protocol/schemas/login.ts';
import { type LoginServer, startLoginServer } from '../fixtures/login-server.ts';
import { chat, providersLine, runGateway, type RunningGateway, SCOUT } from '../fixtures/run-gateway.ts';
import { STREAM } from '../protocols/openai-responses/fixtures/answers.ts';

const OPENAI = 'openai' as ProviderName;
const START = 1_800_000_000_000;
const HOUR = 3_600_000;
const ID = '0b9f6b1c51f1';
const TEST_ID = '0b9f6b1c-51f1-4b8e-9a57-6d3f4f1f8c10';
const CLIENT = { originator: 'codex_exec', 'user-agent': 'codex_exec/0.169.0 (Debian 12; x86_64) dumb' };
const BODY = JSON.stringify({ model: 'gpt-6.1-sol', input: 'hi', stream: true, store: false });

let server: LoginServer;
let hive: RunningGateway;
let time: number;
beforeEach(async () => {
  time = START;
  server = await startLoginServer(STREAM, () => time);
  hive = await runGateway({ baseUrl: 'http://127.0.0.1:9', key: null, scoutsProvider: OPENAI, now: () => time });
  hive.around.onLoginReport = ({ state }) => void server.steps.push(`hived ${state}`);
});
afterEach(async () => {
  await hive.stop();
  await server.close();
  const said = JSON.stringify([hive.logs, hive.records(), hive.around.keyReports, hive.around.limits]);
  for (const n of [1, 2, 3]) {
    expect(said).not.toContain(server.refresh(n));
    expect(said).not.toContain('c2VjcmV0LXNpZ25hdHVyZQ');
  }
});

/** hived's line with a login (its first tokens), and keys beside it. */
function tell(
  login: Partial<LoginState & { key: string; label: string }> = {},
  keys: Record<string, string> = {},
): Promise<void> {
  const line = providersLine('http://127.0.0.1:9', new Map([['openai', { keys, demo: false }]]));
  const { key = server.access(1, START + 240 * HOUR), label = 'main', ...state } = login;
  const told: LoginState = {
    id: ID,
    refresh: server.refresh(1),
    account: 'account-7',
    isFedramp: false,
    expiresAt: START + 240 * HOUR,
    renewedAt: START,
    renewals: 0,
    sentAt: null,
    ended: null,
    ...state,
  };
  const providers = line.providers.map((provider) =>
    provider.name === OPENAI
      ? {
          ...provider,
          keys: [{ label, key, setAt: START, login: told }, ...provider.keys],
          logins: { baseUrl: server.apiUrl, tokenUrl: server.tokenUrl },
        }
      : provider,
  );
  return hive.gateway.apply({ ...line, providers });
}

/** An old access token that ends then. */
const endingAt = (at: number) => ({ expiresAt: at, renewedAt: at - 240 * HOUR, key: server.access(1, at) });
const EXPIRED = { expiresAt: START - HOUR, renewedAt: START - 241 * HOUR };

async function ask(headers: object = CLIENT): Promise<{ status: number; text: string; headers: object }> {
  const answer = await hive.ask(SCOUT, { path: '/v1/responses', body: BODY, headers: headers as never });
  return { status: answer.statusCode, text: await answer.body.text(), headers: answer.headers };
}
const statuses = async (count: number) =>
  (await Promise.all(Array.from({ length: count }, () => ask()))).map(({ status }) => status);
const exchanges = () => server.steps.filter((step) => /^(?:exchange|reuse)/.test(step));

describe('a call with a login', () => {
  test("goes to the login's own address, as its account, and without the box's", async () => {
    await tell({ isFedramp: true });
    const { status, text, headers } = await ask({ ...CLIENT, 'chatgpt-account-id': 'of-the-box', authorization: 'x' });
    expect([status, text]).toEqual([200, STREAM.join('')]);
    expect(headers).toMatchObject({ 'x-codex-primary-used-percent': '40' });
    expect(server.calls).toMatchObject([{ path: '/codex/responses', body: BODY }]);
    expect(server.calls[0]?.headers).toMatchObject({
      authorization: `Bearer ${server.access(1, START + 240 * HOUR)}`,
      'chatgpt-account-id': 'account-7',
      'x-openai-fedramp': 'true',
      originator: 'codex_exec',
    });
    expect(exchanges()).toEqual([]);
  });

  test('is for its own client and protocol; other calls use a key, and are refused without one', async () => {
    await tell();
    for (const other of [{}, { ...CLIENT, 'user-agent': 'curl/8' }, { ...CLIENT, originator: 'other' }]) {
      const { status, text } = await ask(other);
      expect([status, text]).toEqual([403, expect.stringContaining('its own client alone')]);
    }
    const headers = CLIENT;
    const answer = await hive.ask(SCOUT, { path: '/v1/chat/completions', body: chat('hi'), headers });
    expect([answer.statusCode, await answer.body.text()]).toEqual([403, expect.stringContaining('its own client')]);
    expect(server.calls).toEqual([]);
    await tell({}, { second: 'sk-a-key-beside-it' });
    expect((await ask()).status).toBe(200);
    // Nothing listens at the address for keys.
    expect((await ask({})).status).toBe(502);
  });

  test('is only for agents of its CLI, or of a program that the operator chose, whatever a box says', async () => {
    await tell();
    const as = async (cli: string | undefined) => {
      const agents = [{ name: SCOUT, ...hive.around.socketsOf(SCOUT), provider: OPENAI, cli }];
      await hive.gateway.apply({ type: 'agents', agents });
      return ask();
    };
    expect(await as('claude')).toMatchObject({
      status: 403,
      text: expect.stringContaining('its own client') as string,
    });
    expect(server.calls).toEqual([]);
    expect([(await as('codex')).status, (await as(undefined)).status]).toEqual([200, 200]);
    await tell({}, { second: 'sk-a-key-beside-it' });
    // Nothing listens at the address for keys.
    expect((await as('claude')).status).toBe(502);
  });

  test("ends with the plan's limit, which holds the login until its window turns", async () => {
    await tell();
    server.answer = (response) => {
      response.writeHead(429, {
        'content-type': 'application/json',
        'x-codex-primary-used-percent': '100',
        'x-codex-primary-reset-at': String((START + 2 * HOUR) / 1_000),
      });
      response.end(JSON.stringify({ error: { type: 'usage_limit_reached', message: 'limit', plan_type: 'plus' } }));
    };
    expect((await ask()).status).toBe(429);
    expect(hive.around.limits).toMatchObject([{ kind: 'quota', until: START + 2 * HOUR, provider: 'openai' }]);
    expect((await ask()).status).toBe(429);
    expect(server.calls).toHaveLength(1);
  });
});

describe('a login is renewed', () => {
  test('once for twenty calls that come with an expired access token, and is used when hived has stored it', async () => {
    await tell(EXPIRED);
    expect(new Set(await statuses(20))).toEqual(new Set([200]));
    expect(server.steps.slice(0, 4)).toEqual(['hived renewing', 'exchange 1', 'hived renewed', 'call 2 200']);
    expect(exchanges()).toEqual(['exchange 1']);
    expect(hive.around.loginReports).toEqual([
      { state: 'renewing', login: ID, renewals: 0 },
      {
        state: 'renewed',
        login: ID,
        renewals: 0,
        access: server.access(2, time + server.lifetimeS * 1_000),
        refresh: server.refresh(2),
        expiresAt: START + server.lifetimeS * 1_000,
      },
    ]);
  });

  test('once after a 401, and the calls that met it are made again', async () => {
    await tell();
    server.taken = null;
    expect(new Set(await statuses(20))).toEqual(new Set([200]));
    expect(exchanges()).toEqual(['exchange 1']);
    expect(hive.around.keyReports.filter(({ state }) => state === 'refused')).toEqual([]);
  });

  test('not again for a new access token that is refused as well: that is told as a refused key', async () => {
    await tell();
    server.taken = null;
    server.beforeAnswer = async () => void (server.taken = null);
    const [first, second] = [await ask(), await ask()];
    expect([first.status, second.status]).toEqual([401, 401]);
    expect(exchanges()).toEqual(['exchange 1']);
    await vi.waitFor(() =>
      expect(hive.around.keyReports).toEqual([{ provider: OPENAI, key: 'main', state: 'refused', status: 401 }]),
    );
  });

  test('before its end without a call, and while calls go on with the old token', async () => {
    await tell({ ...endingAt(START + 60_000) });
    await vi.waitFor(() => expect(exchanges()).toEqual(['exchange 1']));
    await vi.waitFor(() => expect(hive.around.loginReports.map(({ state }) => state)).toContain('renewed'));
    await vi.waitFor(async () => expect(await ask()).toMatchObject({ status: 200 }));
    expect(server.steps.at(-1)).toBe('call 2 200');
  });

  test('only in memory of hived: its tokens are not used before hived has them', async () => {
    await tell(EXPIRED);
    server.beforeAnswer = async () => void (hive.around.refuse = 'storage_unavailable');
    const asked = ask();
    await vi.waitFor(() => expect(hive.logs.some((line) => line.includes('hived takes no login'))).toBe(true));
    expect(server.calls).toEqual([]);
    hive.around.refuse = null;
    expect((await asked).status).toBe(200);
    expect(exchanges()).toEqual(['exchange 1']);
  });

  test('with the tokens of hived’s own line, when that is here first; an older line changes nothing', async () => {
    await tell(EXPIRED);
    expect((await ask()).status).toBe(200);
    await tell(EXPIRED);
    expect((await ask()).status).toBe(200);
    expect(exchanges()).toEqual(['exchange 1']);
    const third = server.access(3, START + 240 * HOUR);
    server.taken = 3;
    await tell({ key: third, refresh: server.refresh(3), renewals: 2 });
    expect((await ask()).status).toBe(200);
    expect(server.steps.at(-1)).toBe('call 3 200');
    expect(exchanges()).toEqual(['exchange 1']);
  });

  test('as the same login under another label', async () => {
    await tell(EXPIRED);
    let answered = () => {};
    server.beforeAnswer = () => new Promise<void>((resolve) => void (answered = resolve));
    const asked = ask();
    await vi.waitFor(() => expect(exchanges()).toHaveLength(1));
    await tell({ ...EXPIRED, label: 'other' });
    const again = ask();
    answered();
    expect([(await asked).status, (await again).status]).toEqual([200, 200]);
    expect(exchanges()).toEqual(['exchange 1']);
  });
});

describe('a renewal that fails', () => {
  test.each([
    ['refresh_token_expired', 'expired'],
    ['refresh_token_reused', 'reused'],
    ['refresh_token_invalidated', 'revoked'],
    ['something_new', 'refused'],
  ])('for good (%s) is told once, and nobody sends the token again', async (code, ended) => {
    let asked = 0;
    server.onExchange = (response) => {
      asked += 1;
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code, message: 'Please sign in again.' } }));
      return true;
    };
    await tell(EXPIRED);
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(answers[0]?.headers).toMatchObject({ 'x-should-retry': 'false' });
    await vi.waitFor(() =>
      expect(hive.around.keyReports).toEqual([{ provider: OPENAI, key: 'main', state: 'refused', status: 401, ended }]),
    );
    time += 24 * HOUR;
    expect((await ask()).status).toBe(401);
    expect([asked, server.calls]).toEqual([1, []]);
    expect(hive.around.keyReports).toHaveLength(1);
    expect(hive.around.loginReports.at(-1)).toEqual({ state: 'ended', login: ID, renewals: 0, why: ended });
  });

  test('for good before the end of the access token: it is used to its end', async () => {
    server.onExchange = (response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
      return true;
    };
    await tell({ ...endingAt(START + 60_000) });
    await vi.waitFor(() => expect(hive.around.loginReports.at(-1)).toMatchObject({ state: 'ended' }));
    expect((await ask()).status).toBe(200);
    expect(hive.around.keyReports.filter(({ state }) => state === 'refused')).toEqual([]);
    time += 61_000;
    expect((await ask()).status).toBe(401);
    await vi.waitFor(() => expect(hive.around.keyReports.at(-1)).toMatchObject({ state: 'refused', ended: 'refused' }));
  });

  test('because nobody is there is tried again with pauses; meanwhile boxes are told to wait', async () => {
    await tell(EXPIRED);
    server.onExchange = (response) => {
      response.writeHead(429).end();
      return true;
    };
    const { status, headers } = await ask();
    expect([status, headers]).toEqual([503, expect.objectContaining({ 'retry-after': '1' }) as object]);
    // hived need not doubt a refresh token that was certainly not used.
    const states = hive.around.loginReports.map(({ state }) => state);
    expect(states.slice(0, 2)).toEqual(['renewing', 'unused']);
    expect(states).not.toContain('doubtful');
    server.onExchange = null;
    time += 2_000;
    expect((await ask()).status).toBe(200);
    expect(exchanges()).toEqual(['exchange 1']);
    expect(hive.around.keyReports.filter(({ state }) => state === 'refused')).toEqual([]);
  });

  test('without an answer is in doubt: the access token is used to its end before the token is sent again', async () => {
    let asked = 0;
    server.onExchange = (response) => {
      asked += 1;
      response.destroy();
      return true;
    };
    await tell({ ...endingAt(START + 60_000) });
    await vi.waitFor(() => expect(hive.logs.some((line) => line.includes('"inDoubt":true'))).toBe(true));
    for (let n = 0; n < 3; n += 1) {
      time += 10_000;
      expect((await ask()).status).toBe(200);
    }
    expect(asked).toBe(1);
    await vi.waitFor(() =>
      expect(hive.around.loginReports.map(({ state }) => state)).toEqual(['renewing', 'doubtful']),
    );
    server.onExchange = null;
    time += 40_000;
    await vi.waitFor(async () => expect((await ask()).status).toBe(200));
    expect(exchanges()).toEqual(['exchange 1']);
    expect(server.steps.at(-1)).toBe('call 2 200');
  });
});

describe('after a restart in the middle of a renewal', () => {
  test('the access token is used while it works, and the refresh token is left alone', async () => {
    await tell({ ...endingAt(START + 60_000), sentAt: START - HOUR });
    expect((await ask()).status).toBe(200);
    expect(exchanges()).toEqual([]);
    // Once, and when no other gateway can bring an answer any more.
    await vi.waitFor(() => expect(hive.around.loginReports).toEqual([{ state: 'doubtful', login: ID, renewals: 0 }]));
  });

  test('without a valid access token, the refresh token waits for another gateway, and is then tried once', async () => {
    await tell({ ...EXPIRED, sentAt: START });
    expect(await ask()).toMatchObject({ status: 503, text: expect.stringContaining('is being renewed') as string });
    time += 119_000;
    expect((await ask()).status).toBe(503);
    expect(exchanges()).toEqual([]);
    time += 2_000;
    expect((await ask()).status).toBe(200);
    expect(exchanges()).toEqual(['exchange 1']);
  });

  test('a login that has ended is not asked about again', async () => {
    await tell({ ...EXPIRED, ended: 'reused' });
    expect((await ask()).status).toBe(401);
    expect([exchanges(), hive.around.loginReports]).toEqual([[], []]);
    await vi.waitFor(() => expect(hive.around.keyReports).toMatchObject([{ state: 'refused', ended: 'reused' }]));
  });
});

test('a test of the provider renews the login if it is due, and asks for the models of its client', async () => {
  await tell(EXPIRED);
  await hive.gateway.apply({ type: 'test', id: TEST_ID, provider: OPENAI });
  await vi.waitFor(() => expect(hive.around.tests).toMatchObject([{ result: { ok: true, about: null } }]));
  expect(server.steps.filter((step) => !step.startsWith('hived'))).toEqual(['exchange 1', 'call 2 200']);
  expect(server.calls[0]?.path).toMatch(/^\/codex\/models\?client_version=/);
});

test('is stored without waiting for other reports, however long hived takes for them', async () => {
  await tell({ ...endingAt(START + HOUR) });
  let release = () => {};
  hive.around.holdUsage = new Promise<void>((resolve) => void (release = resolve));
  const asked = ask();
  await vi.waitFor(() => expect(hive.around.usageHeld).toBeGreaterThan(0));
  time += HOUR;
  await hive.gateway.apply({ type: 'test', id: TEST_ID, provider: OPENAI });
  await vi.waitFor(() => expect(hive.around.loginReports.at(-1)).toMatchObject({ state: 'renewed' }));
  release();
  expect((await asked).status).toBe(200);
});

test('a gateway that ends waits until a renewal is stored', async () => {
  await tell(EXPIRED);
  let answered = () => {};
  server.beforeAnswer = () => new Promise<void>((resolve) => void (answered = resolve));
  void ask().catch(() => undefined);
  await vi.waitFor(() => expect(exchanges()).toHaveLength(1));
  const drained = hive.gateway.drain(2_000);
  answered();
  await drained;
  expect(hive.around.loginReports.at(-1)).toMatchObject({ state: 'renewed', refresh: server.refresh(2) });
});
