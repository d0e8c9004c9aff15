import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProviderName } from '../../../protocol/providers.ts';
import { type MockProvider, startMockProvider } from '../fixtures/mock-provider.ts';
import { runGateway, type RunningGateway } from '../fixtures/run-gateway.ts';

/** Answers have the shape of the providers' own references of their usage APIs. */
const ADMIN_KEY = 'sk-ant-admin01-a-key-of-an-administrator';
const FROM = Date.UTC(2026, 10, 26);
const ANTHROPIC = 'anthropic' as ProviderName;
const OPENAI = 'openai' as ProviderName;

let upstream: MockProvider;
let hive: RunningGateway;
/** The answer to a path with its query, without the host. */
let script: (path: string, query: URLSearchParams) => { status?: number; headers?: object; body: unknown };
beforeEach(async () => {
  upstream = await startMockProvider([]);
  upstream.answer = (response, request) => {
    const url = new URL(request.url ?? '', 'http://provider');
    const { status = 200, headers = {}, body } = script(url.pathname, url.searchParams);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  hive = await runGateway({ baseUrl: upstream.url, key: 'sk-ant-a-key-for-calls' });
});
afterEach(async () => {
  await hive.stop();
  await upstream.close();
  // The admin key is in nothing that is said or written.
  expect(JSON.stringify(hive.around.bills)).not.toContain(ADMIN_KEY);
  expect(hive.logs.join('')).not.toContain(ADMIN_KEY);
});

async function ask(provider = ANTHROPIC) {
  const id = crypto.randomUUID();
  await hive.gateway.apply({ type: 'bill', id, provider, adminKey: ADMIN_KEY, from: FROM });
  return vi.waitFor(() => {
    const found = hive.around.bills.find((one) => one.id === id);
    if (found === undefined) throw new Error('no report yet');
    return found;
  });
}

const cost = (amount: string, more: object = {}) => ({
  amount,
  currency: 'USD',
  context_window: '0-200k',
  cost_type: 'tokens',
  description: 'Usage of a model',
  model: 'claude-sonnet-5',
  service_tier: 'standard',
  token_type: 'output_tokens',
  workspace_id: null,
  ...more,
});
const bucket = (day: string, results: object[]) => ({
  starting_at: `${day}T00:00:00Z`,
  ending_at: `${day}T23:59:59Z`,
  results,
});
const none = { data: [], has_more: false, next_page: null };

describe('the Anthropic usage and cost API', () => {
  test('is asked page by page with the admin key; cents with fractions add up exactly, by day and model', async () => {
    script = (path, query) => {
      if (path.endsWith('/messages'))
        return {
          body: {
            data: [
              bucket('2026-11-26', [
                {
                  model: 'claude-sonnet-5',
                  uncached_input_tokens: 100,
                  output_tokens: 20,
                  cache_read_input_tokens: 3,
                  cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 5 },
                  server_tool_use: { web_search_requests: 1 },
                },
              ]),
            ],
            has_more: false,
            next_page: null,
          },
        };
      return query.get('page') === null
        ? {
            body: {
              data: [
                bucket('2026-11-25', [cost('999')]),
                bucket('2026-11-26', [cost('123.78912'), cost('0.1'), cost('0.2')]),
              ],
              has_more: true,
              next_page: 'page_two=',
            },
          }
        : {
            body: {
              data: [bucket('2026-11-27', [cost('10', { cost_type: 'web_search', model: null, token_type: null })])],
              has_more: false,
              next_page: null,
            },
          };
    };
    const { failure, rows } = await ask();
    expect(failure).toBeNull();
    expect(rows).toEqual([
      { day: '2026-11-26', model: 'claude-sonnet-5', usd: 1.2408912, requests: null, tokens: 168 },
      { day: '2026-11-27', model: null, usd: 0.1, requests: null, tokens: null },
    ]);
    expect(upstream.seen.map(({ path }) => decodeURIComponent(path))).toEqual([
      '/v1/organizations/cost_report?starting_at=2026-11-26T00:00:00Z&bucket_width=1d&limit=31&group_by[]=description',
      '/v1/organizations/cost_report?starting_at=2026-11-26T00:00:00Z&bucket_width=1d&limit=31&group_by[]=description&page=page_two=',
      '/v1/organizations/usage_report/messages?starting_at=2026-11-26T00:00:00Z&bucket_width=1d&limit=31&group_by[]=model',
    ]);
    for (const { headers } of upstream.seen)
      expect(headers).toMatchObject({ 'x-api-key': ADMIN_KEY, 'anthropic-version': '2023-06-01' });
  });

  test.each<[string, ReturnType<typeof script>, object]>([
    [
      'a wrong key',
      { status: 401, body: { type: 'error', error: { type: 'authentication_error', message: `bad ${ADMIN_KEY}` } } },
      {
        about: 'key',
        found: expect.stringMatching(/refuses the admin key \(401: bad \[redacted\]\)/),
        advice: expect.stringContaining('sk-ant-admin'),
      },
    ],
    [
      'a key without access',
      { status: 403, body: { type: 'error', error: { type: 'permission_error', message: 'Not an admin' } } },
      { about: 'key', found: expect.stringContaining("see the organization's usage (403: Not an admin)") },
    ],
    [
      'an account without the API',
      { status: 404, body: '' },
      { about: 'address', found: expect.stringContaining('no usage API') },
    ],
    [
      'too many questions',
      {
        status: 429,
        headers: { 'retry-after': '17' },
        body: { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } },
      },
      { about: 'provider', found: expect.stringContaining('too often'), advice: 'Try again in 17 seconds.' },
    ],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, { about: 'address' }],
    ['an outage', { status: 529, body: 'overloaded' }, { about: 'provider', found: expect.stringContaining('(529)') }],
    [
      'a page of a proxy',
      { body: '<html>sign in</html>' },
      { about: 'address', found: expect.stringContaining('not as a usage API') },
    ],
    [
      'another currency',
      { body: { ...none, data: [bucket('2026-11-26', [cost('1', { currency: 'EUR' })])] } },
      { about: 'address' },
    ],
    [
      'an amount that is none',
      { body: { ...none, data: [bucket('2026-11-26', [cost('much')])] } },
      { about: 'address' },
    ],
    [
      'an amount beyond all money',
      { body: { ...none, data: [bucket('2026-11-26', [cost('999999999999')])] } },
      { about: 'address' },
    ],
    [
      'amounts that are together beyond all money',
      {
        body: {
          ...none,
          data: [
            bucket(
              '2026-11-26',
              Array.from({ length: 5_000 }, () => cost('99999999999')),
            ),
          ],
        },
      },
      { about: 'address' },
    ],
    [
      'a next page with a name that no address could hold',
      { body: { ...none, has_more: true, next_page: 'p'.repeat(100_000) } },
      { about: 'address' },
    ],
    ['a next page without a name', { body: { ...none, has_more: true } }, { about: 'address' }],
    ['a page that leads to itself', { body: { ...none, has_more: true, next_page: 'p' } }, { about: 'address' }],
    ['a page without end', { body: 'x'.repeat(5 * 1024 * 1024) }, { about: 'address' }],
  ])('%s is one clear fault, and gives no figures', async (_, answer, failure) => {
    script = () => answer;
    expect(await ask()).toMatchObject({ failure: { ok: false, ...failure }, rows: [] });
    expect(upstream.seen.length).toBeLessThanOrEqual(2);
  });

  test.each([-5, 1e300, 9_007_199_254_740_991, '7', 1.5])(
    'a count of %j tokens is no figure of a usage API',
    async (count) => {
      const used = { model: 'claude-sonnet-5', uncached_input_tokens: count, output_tokens: 1 };
      script = (path) => ({
        body: path.endsWith('/messages') ? { ...none, data: [bucket('2026-11-26', [used])] } : none,
      });
      expect(await ask()).toMatchObject({ failure: { ok: false, about: 'address' }, rows: [] });
    },
  );

  test('nobody there is a fault of the network', async () => {
    await upstream.close();
    expect(await ask()).toMatchObject({ failure: { ok: false, about: 'network' }, rows: [] });
    upstream = await startMockProvider([]);
  });
});

describe('the OpenAI organization API', () => {
  const page = (data: object[], next: string | null = null) => ({
    object: 'page',
    data,
    has_more: next !== null,
    next_page: next,
  });
  const day = (start: number, results: object[]) => ({
    object: 'bucket',
    start_time: start / 1_000,
    end_time: start / 1_000 + 86_400,
    results,
  });
  const amount = (value: number | string) => ({
    object: 'organization.costs.result',
    amount: { value, currency: 'usd' },
    line_item: null,
    project_id: null,
  });
  const used = (model: string, [input, cached, output]: [number, number, number]) => ({
    object: 'organization.usage.completions.result',
    input_tokens: input,
    input_cached_tokens: cached,
    output_tokens: output,
    num_model_requests: 5,
    model,
  });

  test('gives costs by day, and tokens and requests by day and model', async () => {
    script = (path, query) => {
      if (path.endsWith('/costs')) return { body: page([day(FROM, [amount(0.06), amount('1.50')])]) };
      return {
        body:
          query.get('page') === null
            ? page([day(FROM, [used('gpt-6-luna', [1_000, 400, 500])])], 'page_AAA=')
            : page([day(FROM, [used('gpt-6-luna', [10, 0, 5]), used('gpt-6.2-sol', [1, 0, 1])])]),
      };
    };
    const { failure, rows } = await ask(OPENAI);
    expect(failure).toBeNull();
    expect(rows).toEqual([
      { day: '2026-11-26', model: null, usd: 1.56, requests: null, tokens: null },
      { day: '2026-11-26', model: 'gpt-6-luna', usd: null, requests: 10, tokens: 1_515 },
      { day: '2026-11-26', model: 'gpt-6.2-sol', usd: null, requests: 5, tokens: 2 },
    ]);
    expect(upstream.seen.map(({ path }) => decodeURIComponent(path))).toEqual([
      `/organization/costs?start_time=${FROM / 1_000}&bucket_width=1d&limit=31`,
      `/organization/usage/completions?start_time=${FROM / 1_000}&bucket_width=1d&limit=31&group_by=model`,
      `/organization/usage/completions?start_time=${FROM / 1_000}&bucket_width=1d&limit=31&group_by=model&page=page_AAA=`,
    ]);
    for (const { headers } of upstream.seen) expect(headers['authorization']).toBe(`Bearer ${ADMIN_KEY}`);
  });

  test('counts more than a thousand million tokens of a model on a day', async () => {
    const tokens: [number, number, number] = [3_000_000_000, 2_000_000_000, 1_500_000_000];
    script = (path) => ({ body: page(path.endsWith('/costs') ? [] : [day(FROM, [used('gpt-6-luna', tokens)])]) });
    expect((await ask(OPENAI)).rows).toMatchObject([{ model: 'gpt-6-luna', tokens: 4_500_000_000 }]);
  });

  test.each([
    ['an amount', [amount(1e300)], []],
    ['an amount', [amount(1e308)], []],
    ['an amount', [amount(Number.MAX_SAFE_INTEGER)], []],
    ['a count', [], [used('m', [-1, 0, 0])]],
    ['a count', [], [used('m', [1e300, 0, 0])]],
  ])('%s that nobody can have is no figure of a usage API', async (_, costs, usage) => {
    script = (path) => ({ body: page([day(FROM, path.endsWith('/costs') ? costs : usage)]) });
    expect(await ask(OPENAI)).toMatchObject({ failure: { ok: false, about: 'address' }, rows: [] });
  });

  test('a day that is none of a calendar is no figure of a usage API', async () => {
    for (const start of [1e300, 8.64e15, 300_000_000_000_000, -86_400_000]) {
      script = (path) => ({ body: page(path.endsWith('/costs') ? [day(start, [amount(1)])] : []) });
      expect(await ask(OPENAI)).toMatchObject({ failure: { ok: false, about: 'address' }, rows: [] });
    }
  });

  test('a key for calls is refused with what is needed instead', async () => {
    script = () => ({
      status: 401,
      body: { error: { message: 'You have insufficient permissions', type: 'invalid' } },
    });
    const { failure } = await ask(OPENAI);
    expect(failure).toMatchObject({ about: 'key', advice: expect.stringContaining('sk-admin-') });
  });
});

test('a provider whose protocol has no usage API, and one that is unknown, are asked nothing', async () => {
  script = () => ({ body: none });
  for (const provider of ['gemini', 'nobody']) {
    const { failure } = await ask(provider as ProviderName);
    expect(failure).toMatchObject({ ok: false, about: 'gateway', found: `No usage API of ${provider} is known.` });
  }
  expect(upstream.seen).toEqual([]);
});
