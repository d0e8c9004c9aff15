import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type MockProvider, startMockProvider } from './fixtures/mock-provider.ts';
import { MANAGER, messages, runGateway, type RunningGateway, SCOUT } from './fixtures/run-gateway.ts';
import { createHolds } from './holds.ts';
import { STREAM } from './protocols/anthropic/fixtures/answers.ts';
import type { ProviderName } from '../../protocol/providers.ts';

const ANTHROPIC = 'anthropic' as ProviderName;
const OPENAI = 'openai' as ProviderName;

const sonnet = { provider: ANTHROPIC, account: 'main', models: 'sonnet' };
const MINUTE = 60_000;

describe('a limit', () => {
  let time = 1_000;
  const now = () => time;
  beforeEach(() => {
    time = 1_000;
  });

  test('holds for its models and its account alone, until it ends', () => {
    const holds = createHolds(now);
    holds.hear(sonnet, { kind: 'rate', until: 5_000 });
    expect(holds.heldBy(sonnet)).toMatchObject({ kind: 'rate', until: 5_000 });
    expect(holds.heldBy({ ...sonnet, models: 'opus' })).toBeNull();
    expect(holds.heldBy({ ...sonnet, provider: OPENAI })).toBeNull();
    time = 5_000;
    expect(holds.heldBy(sonnet)).toBeNull();
  });

  test('of models that a box invents is forgotten when there are too many', () => {
    const holds = createHolds(now);
    for (let n = 0; n <= 1_000; n += 1) holds.hear({ ...sonnet, models: `m${n}` }, { kind: 'rate', until: 5_000 });
    expect([holds.find({ ...sonnet, models: 'm0' }), holds.find({ ...sonnet, models: 'm1' })]).toMatchObject([
      null,
      { kind: 'rate' },
    ]);
  });

  test.each([
    ['with an unknown end', { kind: 'rate' as const, until: null }],
    ['that is over', { kind: 'rate' as const, until: 900 }],
    ['of an overloaded provider', { kind: 'overloaded' as const, until: 5_000 }],
  ])('%s holds nobody', (_, limit) => {
    const holds = createHolds(now);
    holds.hear(sonnet, limit);
    expect(holds.heldBy(sonnet)).toBeNull();
  });

  test('that is long lets one call in ten minutes pass; a success or another key ends it', () => {
    const holds = createHolds(now);
    holds.hear(sonnet, { kind: 'quota', until: 90 * 24 * 3_600_000 });
    expect(holds.heldBy(sonnet)?.until).toBe(8 * 24 * 3_600_000 + 1_000);
    time += 10 * MINUTE;
    expect([holds.heldBy(sonnet), holds.heldBy(sonnet)?.kind]).toEqual([null, 'quota']);
    holds.lift(sonnet);
    expect(holds.heldBy(sonnet)).toBeNull();
    holds.hear(sonnet, { kind: 'quota', until: time + MINUTE });
    holds.forget({ ...sonnet, account: 'second' });
    expect(holds.heldBy(sonnet)).not.toBeNull();
    holds.forget(sonnet);
    expect(holds.heldBy(sonnet)).toBeNull();
  });
});

describe('on one account', () => {
  let upstream: MockProvider;
  let hive: RunningGateway;
  let time: number;
  beforeEach(async () => {
    time = 1_800_000_000_000;
    upstream = await startMockProvider(STREAM);
    hive = await runGateway({ baseUrl: upstream.url, key: 'sk-a-key', now: () => time });
  });
  afterEach(async () => {
    await hive.stop();
    await upstream.close();
  });

  test('a limit that one agent met is answered to the others by the gateway, as the provider does; hived knows for each', async () => {
    upstream.answer = (response) => void response.writeHead(429, { 'retry-after': '120' }).end('{"type":"error"}');
    await (await hive.ask(SCOUT, { body: messages('hi') })).body.dump();
    time += 20_000;
    const other = await hive.ask(MANAGER, { body: messages('hi') });
    expect([other.statusCode, other.headers['retry-after']]).toEqual([429, '100']);
    expect(await other.body.json()).toMatchObject({
      error: { type: 'rate_limit_error', message: expect.stringContaining('ends at') as string },
    });
    expect(upstream.seen).toHaveLength(1);
    const until = 1_800_000_120_000;
    expect(hive.around.limits).toMatchObject([
      { agent: SCOUT, kind: 'rate', modelClass: 'sonnet', until },
      { agent: MANAGER, kind: 'rate', modelClass: 'sonnet', until },
    ]);
    // Models of another class, and everybody once it has ended, reach the provider.
    upstream.answer = (response) =>
      void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(STREAM.join(''));
    const opus = await hive.ask(MANAGER, { body: messages('hi', { model: 'claude-opus-4-5' }) });
    expect(opus.statusCode).toBe(200);
    await opus.body.dump();
    time = until;
    const later = await hive.ask(MANAGER, { body: messages('hi') });
    expect(later.statusCode).toBe(200);
    await later.body.dump();
    await vi.waitFor(() => expect(hive.records()).toHaveLength(3));
  });

  test('another key ends the limit of the one before', async () => {
    upstream.answer = (response) => void response.writeHead(429, { 'retry-after': '600' }).end('{"type":"error"}');
    await (await hive.ask(SCOUT, { body: messages('hi') })).body.dump();
    await hive.setKey('sk-another-key');
    upstream.answer = (response) =>
      void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(STREAM.join(''));
    const answer = await hive.ask(MANAGER, { body: messages('hi') });
    expect(answer.statusCode).toBe(200);
    await answer.body.dump();
  });
});
