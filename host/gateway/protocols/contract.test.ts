import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROVIDER_KINDS } from '../../../protocol/providers.ts';
import { answerDemo } from '../demo/answer-demo.ts';
import { sample as anthropic } from './anthropic/fixtures/sample.ts';
import { meterAnswer } from './fixtures/meter-answer.ts';
import type { ProtocolSample } from './fixtures/sample.ts';
import { sample as gemini } from './gemini/fixtures/sample.ts';
import { sample as openaiChat } from './openai-chat/fixtures/sample.ts';
import { sample as openaiResponses } from './openai-responses/fixtures/sample.ts';
import { PROTOCOLS } from './protocols.ts';

const SAMPLES: Readonly<Record<string, ProtocolSample>> = {
  anthropic,
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  gemini,
};
const SSE = 'text/event-stream; charset=utf-8';
const KEY = 'sk-the-hives-own';
const NOW = 1_000_000;

test('every protocol has its own name, its own paths for answers and a sample here; a provider speaks only protocols that exist', () => {
  const names = PROTOCOLS.map(({ name }) => name);
  expect(Object.keys(SAMPLES)).toEqual(names);
  const answers = PROTOCOLS.flatMap(({ routes }) => routes.filter(({ kind }) => kind === 'answer'));
  const paths = answers.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(paths).size).toBe(paths.length);
  for (const { protocols } of Object.values(PROVIDER_KINDS))
    for (const protocol of protocols) expect(names).toContain(protocol);
});

describe.each(PROTOCOLS.map((protocol) => [protocol.name, protocol] as const))('%s', (name, protocol) => {
  const sample = SAMPLES[name];
  if (sample === undefined) throw new Error(`${name} has no sample`);
  const route = protocol.routes.find(({ kind }) => kind === 'answer');
  if (route === undefined) throw new Error(`${name} has no calls to a model`);
  const targetOf = (stream: boolean) => sample.target?.({ stream }) ?? { route, params: {}, query: {} };
  const read = (body = sample.request('hello'), stream = true) => protocol.readRequest(body, targetOf(stream));

  describe('a request', () => {
    test('is read for its model, its token limit and whether it is streamed', () => {
      const facts = (maxTokens: number, stream: boolean) =>
        read(sample.request('hello', { maxTokens, stream }), stream).facts;
      expect(facts(77, true)).toEqual({ model: sample.model, repeatsModel: false, maxTokens: 77, stream: true });
      expect(facts(5, false)).toEqual({ model: sample.model, repeatsModel: false, maxTokens: 5, stream: false });
    });

    test('reaches the provider as JSON in UTF-8, whatever type a box claims, and with no header that changes the request', () => {
      const given = { 'content-type': 'application/json; charset=utf-7', 'x-http-method-override': 'GET', 'x-original-url': '/v1/x', 'x-goog-fieldmask': 'candidates', 'x-goog-user-project': 'p', 'openai-organization': 'o', 'openai-project': 'p' }; // prettier-ignore
      const headers = protocol.requestHeaders(given, { key: KEY, isOwnApi: true });
      expect(headers['content-type']).toBe('application/json');
      for (const [accept, passes] of [
        ['application/json', true],
        ['application/json, text/event-stream;q=0.9, */*', true],
        ['application/x-protobuf', false],
        ['application/json, application/x-protobuf', false],
      ] as const)
        expect([accept, protocol.requestHeaders({ accept }, { key: KEY, isOwnApi: true })['accept']]).toEqual([
          accept,
          passes ? accept : undefined,
        ]);
      const names = Object.keys(headers).toSorted();
      expect(names.filter((one) => /override|original|fieldmask/.test(one))).toEqual([]);
    });

    test.each(['', 'no JSON', '[]', '{"model":1,"stream":"yes","max_tokens":"all"}', '{"model":'])(
      'that is %j is passed on as it is, and nothing is known of it',
      (body) => {
        const odd = read(Buffer.from(body), false);
        const model = sample.modelInPath === true ? sample.model : null;
        expect(odd.facts).toEqual({ model, repeatsModel: false, maxTokens: null, stream: false });
        expect(odd.body.toString()).toBe(body);
      },
    );

    test('can be sent to another model, and is otherwise the same', () => {
      const given = { body: sample.request('hello', { tools: ['a'] }), target: targetOf(true) };
      const changed = protocol.changeModel(given, 'another-model');
      const before = protocol.readRequest(given.body, given.target);
      const after = protocol.readRequest(changed.body, changed.target);
      expect(after.facts).toEqual({ ...before.facts, model: 'another-model' });
      const back = protocol.changeModel(changed, sample.model);
      expect(back.body.equals(given.body)).toBe(true);
      expect(back.target.route.upstreamPath(back.target)).toBe(given.target.route.upstreamPath(given.target));
    });

    test('reaches the provider with all its fields', () => {
      const given = sample.request('hello', { tools: ['a'], maxTokens: 3 });
      expect(JSON.parse(read(given).body.toString())).toMatchObject(JSON.parse(given.toString()) as object);
      const whole = sample.request('hello', { stream: false });
      expect(read(whole, false).body.equals(whole)).toBe(true);
    });

    test("carries the hive's key and nothing of the box's identity", () => {
      const given = { host: 'h', connection: 'close', 'x-api-key': 'box', 'x-goog-api-key': 'box', authorization: 'Bearer box', cookie: 'box', 'proxy-authorization': 'box', 'x-forwarded-for': 'box', 'content-length': '1', 'user-agent': 'cli' }; // prettier-ignore
      const headers = protocol.requestHeaders(given, { key: KEY, isOwnApi: true });
      expect(JSON.stringify(headers)).not.toContain('box');
      expect(JSON.stringify(headers)).toContain(KEY);
      expect(headers).toMatchObject({ 'user-agent': 'cli', 'accept-encoding': 'identity' });
      expect(headers).not.toHaveProperty('content-length');
    });
  });

  describe('an answer', () => {
    const counted = { model: sample.answeredModel, tokens: sample.counted, unusualPrice: false };

    test('is counted however its bytes are split, and the box gets what it asked for (property)', async () => {
      const whole = Buffer.from(sample.stream.join(''));
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 20 }), async (cuts) => {
          const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
          const run = await meterAnswer(read(), {
            type: SSE,
            chunks: at.slice(1).map((end, i) => whole.subarray(at[i], end)),
          });
          expect(run).toMatchObject({ shown: sample.shown.join(''), missed: false, gap: 'none', cutOff: false });
          expect(run.tally).toMatchObject(counted);
        }),
        { numRuns: 50 },
      );
    });

    test('in one piece is counted the same, and passed on byte for byte', async () => {
      const body = JSON.stringify(sample.whole);
      const run = await meterAnswer(read(sample.request('hello', { stream: false }), false), {
        type: 'application/json',
        chunks: [Buffer.from(body)],
      });
      expect(run).toMatchObject({ shown: body, missed: false });
      expect(run.tally).toMatchObject(counted);
    });

    test('that ends before its message does breaks off, and its output so far is estimated', async () => {
      for (let length = 0; length < sample.stream.length - 2; length += 1) {
        const chunks = [Buffer.from(sample.stream.slice(0, length).join(''))];
        const run = await meterAnswer(read(), { type: SSE, chunks });
        expect(run.cutOff).toBe(true);
        const { input, cacheRead, cacheWrite5m, cacheWrite1h } = run.tally.tokens;
        expect(run.gap).toBe(input + cacheRead + cacheWrite5m + cacheWrite1h > 0 ? 'output' : 'input');
      }
      const begun = (sample.stream[0] ?? '') + sample.textEvent('x'.repeat(400));
      const cut = await meterAnswer(read(), { type: SSE, chunks: [Buffer.from(begun)] });
      expect(cut.cutOff).toBe(true);
      expect(cut.tally.tokens.output).toBe(100);
    });

    test.each([
      ['text/html', '<html>sign in</html>'],
      [SSE, `data: hello\n\n`],
      [SSE, `data: ${'a'.repeat(5 * 1024 * 1024)}`],
    ])('of %s that is not in this protocol is reported as missed, not counted as zero', async (type, body) => {
      const run = await meterAnswer(read(), { type, chunks: [Buffer.from(body)] });
      expect(run.missed).toBe(true);
    });

    test('in one piece of which the end is missing, or that is too long to be read, is paid and not counted', async () => {
      const meter = read(sample.request('hello', { stream: false }), false).createMeter('application/json');
      meter.take(Buffer.from(JSON.stringify(sample.whole)));
      expect(meter.gap()).toBe('all');
      const long = { type: 'application/json', chunks: [Buffer.alloc(5 * 1024 * 1024, 'a')] };
      expect((await meterAnswer(read(), long)).gap).toBe('all');
    });

    test('that is an error counts no tokens and is not reported as missed', async () => {
      const body = JSON.stringify(protocol.errorBody(500, 'broken'));
      const run = await meterAnswer(read(), { type: 'application/json', chunks: [Buffer.from(body)] });
      expect([run.missed, run.gap]).toEqual([false, 'none']);
      expect(run.tally.tokens).toMatchObject({ input: 0, output: 0 });
    });

    test('with figures beyond any count is reported with numbers that hived takes', async () => {
      const body = JSON.stringify(sample.whole).replaceAll(/:\d+/g, `:${Number.MAX_SAFE_INTEGER}`);
      const run = await meterAnswer(read(), { type: 'application/json', chunks: [Buffer.from(body)] });
      for (const figure of Object.values(run.tally.tokens)) expect(Number.isSafeInteger(figure)).toBe(true);
    });

    test('passes back the headers that clients act on, and no cookie and no account', () => {
      for (const header of ['content-type', 'retry-after', 'x-should-retry'])
        expect(protocol.passesBack(header)).toBe(true);
      for (const header of [
        'set-cookie',
        'transfer-encoding',
        'content-length',
        'anthropic-organization-id',
        'openai-organization',
      ])
        expect(protocol.passesBack(header)).toBe(false);
    });
  });

  test('an error of the gateway is in the provider’s format, with its message', () => {
    for (const status of [400, 401, 403, 404, 413, 429, 502, 504, 529])
      expect(protocol.probe.errorMessage(protocol.errorBody(status, `words ${status}`))).toBe(`words ${status}`);
    expect(protocol.probe.errorMessage({ nothing: 1 })).toBeNull();
    expect(protocol.probe.isModelList(protocol.errorBody(500, 'x'))).toBe(false);
  });

  describe('limits and refused keys in an answer', () => {
    const failed = (status: number, headers = {}, body = '') => ({ status, headers, body });
    test.each([
      ['30', NOW + 30_000],
      ['1.5', NOW + 1_500],
      ['Fri, 01 Jan 2100 00:00:00 GMT', 4_102_444_800_000],
      ['4102444800', 4_102_444_800_000],
      ['-1', null],
      ['soon', null],
      ['call 5', null],
    ])('a 429 with retry-after %j ends at %j', (after, until) => {
      expect(protocol.readLimit(failed(429, { 'retry-after': after }), NOW)).toEqual({ kind: 'rate', until });
    });

    test('a 429 alone is a limit without an end, an overloaded provider limits everybody, other failures are no limit', () => {
      expect(protocol.readLimit(failed(429), NOW)).toEqual({ kind: 'rate', until: null });
      expect(protocol.readLimit(failed(529, { 'retry-after': '2' }), NOW)).toEqual({
        kind: 'overloaded',
        until: NOW + 2_000,
      });
      for (const status of [400, 401, 403, 404, 500]) expect(protocol.readLimit(failed(status), NOW)).toBeNull();
    });

    test('401 means that the key is refused, 403 that it may not do this; no other status is about the key', () => {
      const refusals = [400, 401, 403, 404, 429, 500, 529].map((status) => protocol.readRefusal(failed(status)));
      expect(refusals).toEqual([null, 'refused', 'forbidden', null, null, null, null]);
    });
  });

  describe('the demo model', () => {
    const demo = (body: Buffer, stream = true) =>
      answerDemo({ protocol, target: targetOf(stream), body }, new AbortController().signal);
    const TOOLS = ['bash', 'hive_send', 'mcp__hive__recv', 'mcp_hive_status'];

    test.each([
      ['@send {"to":"scout"}', [{ tool: 'hive_send', input: { to: 'scout' } }]],
      ['@Bash {"command":"ls"}\n> @recv {}', [{ tool: 'bash', input: { command: 'ls' } }, { tool: 'mcp__hive__recv', input: {} }]],
      ['@status {}', [{ tool: 'mcp_hive_status', input: {} }]],
    ])('calls the tools of %j, streamed or not', async (prompt, calls) => {
      const whole = await demo(sample.request(prompt, { tools: TOOLS, stream: false }), false);
      expect(sample.readWhole(JSON.parse(await bodyOf(whole)) as unknown).calls).toEqual(calls);
      const streamed = await demo(sample.request(prompt, { tools: TOOLS }));
      expect(sample.readStream(eventsOf(await bodyOf(streamed))).calls).toEqual(calls);
    }); // prettier-ignore

    test('gives the same text streamed or not, split between characters', async () => {
      const prompt = `@demo ${JSON.stringify({ text: '🐝'.repeat(1_200) })}`;
      const whole = sample.readWhole(
        JSON.parse(await bodyOf(await demo(sample.request(prompt, { stream: false }), false))),
      );
      const streamed = sample.readStream(eventsOf(await bodyOf(await demo(sample.request(prompt)))));
      expect(whole).toEqual({ text: '🐝'.repeat(1_200), calls: [] });
      expect(streamed).toEqual(whole);
    });

    test('is counted by the protocol’s own meter as its own usage says', async () => {
      for (const stream of [true, false]) {
        const body = sample.request('hello', { stream });
        const answer = await demo(body, stream);
        // As a box asks that wants the usage.
        const asked = read(body, stream);
        const reply = await demo(asked.body, stream);
        const run = await meterAnswer(asked, {
          type: reply.headers['content-type'] ?? '',
          chunks: [Buffer.from(await bodyOf(reply))],
        });
        expect(run).toMatchObject({ missed: false, cutOff: false });
        expect(run.tally.tokens.output).toBe(answer.tally.tokens.output);
      }
    });

    test('reports the outcome of a call', async () => {
      const body = sample.afterCall('@bash {}', { tool: 'bash', result: '@bash {"evil":1}' });
      const heard = sample.readWhole(JSON.parse(await bodyOf(await demo(body, false))) as unknown);
      expect(heard).toEqual({ text: 'Demo model: bash was called and succeeded.', calls: [] });
    });

    test('fails as its prompt asks, in the provider’s format', async () => {
      const answer = await demo(sample.request('@demo {"status":429,"retryAfter":30}'));
      expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '30' } });
      const body = await bodyOf(answer);
      expect(protocol.probe.errorMessage(JSON.parse(body))).toContain('asked to fail');
      expect(protocol.readLimit({ ...answer, body }, NOW)).toEqual({ kind: 'rate', until: NOW + 30_000 });
    });

    test.each(['{"model":', '[]', '{"model":"m","messages":[]}', 'x'])('refuses %j', async (body) => {
      const answer = await demo(Buffer.from(body));
      expect(answer.status).toBe(400);
      expect(protocol.probe.errorMessage(JSON.parse(await bodyOf(answer)))).not.toBeNull();
    });
  });
});

async function bodyOf({ body }: { body: string | Readable }): Promise<string> {
  return typeof body === 'string' ? body : text(body);
}

function eventsOf(stream: string): unknown[] {
  return [...stream.matchAll(/^data: (\{.*)$/gm)].map((match) => JSON.parse(match[1] ?? '') as unknown);
}
