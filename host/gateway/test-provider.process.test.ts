import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProviderName } from '../../protocol/providers.ts';
import type { ProviderTest } from '../../protocol/schemas/service.ts';
import { type PrivateProvider, startPrivateProvider } from './fixtures/private-provider.ts';
import { runGateway, type RunningGateway } from './fixtures/run-gateway.ts';

const ANTHROPIC = 'anthropic' as ProviderName;
const GEMINI = 'gemini' as ProviderName;
const LAB = 'lab' as ProviderName;

const KEY = 'sk-ant-test-key-that-is-secret';
let around: PrivateProvider;
let hive: RunningGateway | null = null;
beforeEach(async () => {
  around = await startPrivateProvider();
});
afterEach(async () => {
  await hive?.stop();
  hive = null;
  await around.close();
});

interface Way {
  baseUrl?: string;
  network?: Parameters<typeof runGateway>[0]['network'];
  key?: string | null;
  provider?: ProviderName;
  added?: Parameters<typeof runGateway>[0]['added'];
}

async function run({
  baseUrl = 'https://provider.invalid',
  network,
  key = KEY,
  provider,
  added,
}: Way = {}): Promise<ProviderTest> {
  await hive?.stop();
  const direct = { https: around.proxyUrl, caPem: around.caPem };
  const running = await runGateway({
    baseUrl,
    key,
    network: network ?? direct,
    ...(added === undefined ? {} : { added }),
  });
  hive = running;
  return again(provider);
}

async function again(provider: ProviderName = ANTHROPIC): Promise<ProviderTest> {
  const id = randomUUID();
  await hive?.gateway.apply({ type: 'test', id, provider });
  const result = await vi.waitFor(() => {
    const found = hive?.around.tests.find((one) => one.id === id);
    if (found === undefined) throw new Error('no report yet');
    return found.result;
  });
  // Neither the key nor the proxy's password is in what the operator sees, or in the log.
  expect(JSON.stringify([result, hive?.logs])).not.toMatch(/secret|worker|pass(?:%20| )word|d29ya2Vy/);
  return result;
}

function says(status: number, body: unknown, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}
const error = (message: string) => ({ type: 'error', error: { type: 'x', message } });
const MODELS = { data: [{ type: 'model', id: 'claude-sonnet-4-5' }], has_more: true };
/** As the operator reads it. */
const line = ({ ok, about, found }: ProviderTest) => `${ok ? 'ok' : about}: ${found}`;

describe('a free call to the provider shows', () => {
  test('that all is well: the list of models, by the proxy and the private CA, with the key', async () => {
    const seen: (string | string[] | undefined)[] = [];
    around.answer = (request, response) => {
      seen.push(`${request.method} ${request.url}`, request.headers['x-api-key']);
      says(200, MODELS)(request, response);
    };
    expect(await run()).toEqual({ ok: true, about: null, found: 'https://provider.invalid takes the key', advice: null }); // prettier-ignore
    expect(seen).toEqual(['GET /v1/models?limit=1', KEY]);
    expect(hive?.records()).toEqual([]);
    expect(hive?.around.started).toEqual([]);
  });

  test.each([
    [401, error(`invalid x-api-key ${KEY}`), 'key: https://provider.invalid refuses the key (401: invalid x-api-key [redacted]).'],
    [403, error('OAuth is not allowed\nfor this\u001B[31m'), 'key: https://provider.invalid does not allow this key what it asks for (403: OAuth is not allowed for this [31m).'],
    [403, '<html>Blocked</html>', "proxy: https://provider.invalid is blocked on the way (403, and not in the provider's words)."],
    [404, 'not found', 'address: https://provider.invalid answers, but has no Anthropic API there (404).'],
    [301, '', 'address: https://provider.invalid sends elsewhere (301), and the key goes to no other host.'],
    [200, '<html>Sign in</html>', "address: https://provider.invalid answers, but not as Anthropic's API does (a sign-in page of a proxy?)."],
    [429, error('slow down'), 'ok: https://provider.invalid takes the key, but its limit is reached now (429: slow down)'],
    [529, error('Overloaded'), 'provider: https://provider.invalid is out of order (529: Overloaded).'],
  ] as const)('what an answer of %d means', async (status, body, words) => {
    around.answer = says(status, body);
    expect(line(await run())).toBe(words);
  }); // prettier-ignore

  test.each([
    [400, error('model: field required'), 'ok: https://provider.invalid answers as such an API does, and did not refuse the key'],
    [422, { detail: [{ loc: ['body', 'model'] }] }, 'ok: https://provider.invalid answers as such an API does, and did not refuse the key'],
    [401, error('Authentication Fails'), 'key: https://provider.invalid refuses the key (401: Authentication Fails).'],
    [404, { detail: 'Not Found' }, 'address: https://provider.invalid answers, but has no lab API there (404).'],
    [200, '<html>Sign in</html>', "address: https://provider.invalid answers, but not as lab's API does (a sign-in page of a proxy?)."],
    [400, '<html>Bad request</html>', 'provider: https://provider.invalid is out of order (400).'],
  ] as const)('of a compatible API, by an empty request, what an answer of %d means', async (status, body, words) => {
    const seen: string[] = [];
    around.answer = (request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      says(status, body)(request, response);
    };
    const lab = await run({ provider: LAB, added: { name: LAB, kind: 'openai-compatible' } });
    expect(line(lab)).toBe(words);
    if (lab.about === 'address') expect(lab.advice).toBe('Look at its URL.');
    expect(seen).toEqual([`POST /chat/completions Bearer ${KEY}`]);
  }); // prettier-ignore

  test('a key that a provider refuses as a bad request, and one that it takes', async () => {
    const seen: (string | undefined)[] = [];
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }];
    around.answer = (request, response) => {
      seen.push(request.url);
      says(400, { error: { code: 400, message: 'API key not valid.', details } })(request, response);
    };
    expect(line(await run({ provider: GEMINI }))).toBe('key: https://provider.invalid refuses the key (400: API key not valid.).'); // prettier-ignore
    expect(seen).toEqual(['/v1beta/models?pageSize=1']);
    around.answer = says(200, { models: [{ name: 'models/m' }] });
    expect(line(await again(GEMINI))).toBe('ok: https://provider.invalid takes the key');
  });

  test('a certificate that is not trusted, one for another name, and no TLS at all', async () => {
    const untrusted = await run({ network: { https: around.proxyUrl } });
    expect(line(untrusted)).toBe('certificate: The certificate of https://provider.invalid is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE).'); // prettier-ignore
    expect(untrusted.advice).toContain('proxy.ca_file');
    const direct = `https://127.0.0.1:${around.providerPort}`;
    expect(line(await run({ baseUrl: direct, network: { caPem: around.caPem } }))).toBe(
      `certificate: The certificate of ${direct} is for another name (ERR_TLS_CERT_ALTNAME_INVALID).`,
    );
    const proxy = around.proxyUrl.replace(/http:\/\/.*@/, 'https://');
    expect((await run({ baseUrl: proxy, network: {} })).about).toBe('address');
  });

  test('a proxy that wants a password, one that forbids the host, and one that is not there', async () => {
    around.refusing = '407 Proxy Authentication Required';
    const shown = around.proxyUrl.replace(/http:\/\/.*@/, 'http://***@');
    expect(line(await run())).toBe(`proxy: The proxy ${shown} wants a name and a password (407).`);
    around.refusing = '403 Forbidden';
    expect(line(await run())).toBe(
      `proxy: The proxy ${shown} does not let the gateway through to https://provider.invalid (403).`,
    );
    await around.stopProxy();
    const gone = await run();
    expect(line(gone)).toBe(`proxy: The proxy ${shown} cannot be reached (ECONNREFUSED).`);
    expect(gone.advice).toContain('HTTPS_PROXY');
  });

  test('a host that has no address, and one where nobody listens', async () => {
    const unknown = await run({ network: {} });
    // A resolver that is far away may take longer than the test does.
    expect(unknown.found).toMatch(/https:\/\/provider\.invalid .*\((?:ENOTFOUND|EAI_AGAIN|TimeoutError)\)\.$/);
    const { providerPort } = around;
    await around.stopProvider();
    const baseUrl = `https://127.0.0.1:${providerPort}`;
    expect(line(await run({ baseUrl, network: {} }))).toBe(`network: ${baseUrl} cannot be reached (ECONNREFUSED).`);
  });

  test('that no key is set', async () => {
    expect(line(await run({ key: null }))).toBe('key: No key is set.');
  });
});

test('a test tells of the key: refused at once, and after a refusal that it is taken again', async () => {
  around.answer = says(401, error('invalid'));
  await run();
  await vi.waitFor(() => expect(hive?.around.keyReports).toMatchObject([{ state: 'refused', status: 401 }]));
  around.answer = says(200, MODELS);
  await again();
  await vi.waitFor(() => expect(hive?.around.keyReports.at(-1)).toMatchObject({ state: 'accepted' }));
});
