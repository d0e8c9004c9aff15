import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MockProvider, startMockProvider } from '../host/gateway/fixtures/mock-provider.ts';
import { STREAM } from '../host/gateway/protocols/anthropic/fixtures/answers.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// The real Claude Code in a real box, answered by a compatible API whose prices the hive was given.
const ADMIN_KEY = 'sk-ant-admin01-a-key-of-an-administrator';
const MODEL = 'claude-sonnet-4-5-20250929';
let hive: TestHive;
let upstream: MockProvider;

beforeAll(async () => {
  upstream = await startMockProvider(STREAM);
  upstream.answer = (response, request) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://provider');
    if (!pathname.startsWith('/v1/organizations/')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return void response.end(STREAM.join(''));
    }
    const isAdmin = request.headers['x-api-key'] === ADMIN_KEY;
    response.writeHead(isAdmin ? 200 : 401, { 'content-type': 'application/json' });
    const refused = { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } };
    const starting_at = searchParams.get('starting_at');
    const results = pathname.endsWith('cost_report') ? [{ amount: '12.5', currency: 'USD', model: MODEL }] : [];
    const figures = { data: [{ starting_at, results }], has_more: false, next_page: null };
    response.end(JSON.stringify(isAdmin ? figures : refused));
  };
  hive = await openTestHive({
    agents: ['manager', 'scout'],
    config: {
      providers: {
        anthropic: { base_url: upstream.url },
        lab: { kind: 'anthropic-compatible', base_url: upstream.url },
      },
      defaults: { provider: 'lab' },
    },
    fillRoot: (root) => setPrice(root, 1, 2),
  });
  await hive.start();
  expect(await hive.hivectl(['provider', 'set', 'lab'], 'sk-lab-0123456789\n')).toMatchObject({ code: 0 });
  await hive.allIdle();
});
afterAll(async () => {
  await hive.close();
  await upstream.close();
});

const setPrice = (root: string, input: number, output: number) =>
  writeFile(
    join(root, 'prices.yaml'),
    `providers: { lab: { source: the contract, models: { "claude-*": { input: ${input}, output: ${output} } } } }\n`,
  );

/** Sends the scout a message; the different costs of the calls about it. */
async function costsOf(body: string): Promise<unknown[]> {
  const { id } = await hive.admin.call('send', { to: 'scout', body });
  const { data } = await hive.event(
    (event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id),
  );
  expect(data['outcome']).toBe('done');
  const calls = await hive.calls(1, (event) => event.data['turn'] === data['turn']);
  return [...new Set(calls.map((event) => (event.data['usage'] as { costUsd: unknown }).costUsd))];
}

test('a compatible API has a cost by prices.yaml, a budget in dollars lets it pass, and hivectl says where the price is from', async () => {
  const budget = ['budget', 'set', 'scout', '--usd', '1', '--per', 'day'];
  expect(await hive.hivectl(budget)).toMatchObject({ code: 0 });
  expect(await costsOf('what does this cost?')).toEqual([(100 + 50 * 2 + 2000 + 200 + 100) / 1e6]);
  const listed = await hive.hivectl(['prices']);
  expect(listed.stdout).toMatch(/lab +claude-sonnet-4-5-20250929 +\$1 +\$2 .*prices\.yaml, lab\/claude-\*/);
  expect(listed.stdout).toContain('lab: the contract.');
});

test('another price holds from the next start; what calls had cost stays', async () => {
  const sum = async () => (await hive.admin.call('listCosts', { by: 'provider' })).total.usage.costUsd;
  const before = await sum();
  await setPrice(hive.root, 10, 20);
  await hive.kill();
  await hive.start();
  await hive.allIdle();
  expect(await sum()).toBe(before);
  expect(await costsOf('and now?')).toEqual([((100 + 50 * 2 + 2000 + 200 + 100) * 10) / 1e6]);
});

test('reconcile asks the provider with the admin key alone, shows its figures, and keeps the key nowhere', async () => {
  const run = ['cost', 'reconcile', 'anthropic', '--days', '1'];
  const refused = await hive.hivectl(run, 'sk-ant-api03-a-key-for-calls\n');
  expect(refused).toMatchObject({ code: 69, stdout: '' });
  expect(refused.stderr).toContain('refuses the admin key (401: invalid x-api-key)');
  const shown = await hive.hivectl(run, `${ADMIN_KEY}\n`);
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toMatch(/all +\$0 +\$0\.1250 +\+\$0\.1250/);
  expect(shown.stdout).toContain('the provider counted what did not go through this provider of the hive');
  expect(await hive.hivectl(['cost', 'reconcile', 'lab'], `${ADMIN_KEY}\n`)).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('no usage API is known') as string,
  });
  expect(JSON.stringify(await hive.events())).not.toContain(ADMIN_KEY);
});
