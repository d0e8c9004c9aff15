import { describe, expect, test } from 'vitest';
import { meterAnswer } from '../fixtures/meter-answer.ts';
import { ANSWERED_MODEL, CREATED, event, response, STREAM, streamOf, USAGE } from './fixtures/answers.ts';
import { createMeter as createMeterOf } from './meter.ts';
import { openaiResponses } from './openai-responses.ts';

const createMeter = (type: string) => createMeterOf(type, { longCache: false });

/** Counts an answer in one piece, of which every byte has to reach the box. */
async function count(body: string) {
  const type = body.startsWith('{') ? 'application/json' : 'text/event-stream';
  const { shown, ...counted } = await meterAnswer({ createMeter }, { type, chunks: [Buffer.from(body)] });
  expect(shown).toBe(body);
  return counted;
}

const whole = (given: object = {}) => JSON.stringify(response(given));
const tokens = (given: object) => ({ input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, reasoning: 0, ...given }); // prettier-ignore
const usual = { input: 600, output: 120, cacheRead: 400, reasoning: 20 };
const usage = (input: number, output: number, details: { cached?: number; written?: number; reasoning?: number } = {}) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: details.cached ?? 0, cache_write_tokens: details.written },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: details.reasoning ?? 0 },
  total_tokens: input + output,
}); // prettier-ignore

describe('recorded answers are counted to the token', () => {
  test.each<[string, string, object]>([
    ['a stream', STREAM.join(''), usual],
    ['a stream without event lines', STREAM.join('').replaceAll(/^event: .*\n/gm, ''), usual],
    ['a stream with CR LF', STREAM.join('').replaceAll('\n', '\r\n'), usual],
    ['a stream with the sentinel of another API', `${STREAM.join('')}data: [DONE]\n\n`, usual],
    ['a whole response', whole(), usual],
    [
      'a prompt that is read from the cache',
      whole({ usage: usage(12_345, 7, { cached: 12_288 }) }),
      { input: 57, output: 7, cacheRead: 12_288 },
    ],
    [
      'a prompt that is written to the cache',
      streamOf({ type: 'response.completed', response: { usage: usage(3_000, 10, { cached: 1_000, written: 1_500 }) } }).join(''),
      { input: 500, output: 10, cacheRead: 1_000, cacheWrite5m: 1_500 },
    ],
    [
      'reasoning that is nearly all of the output',
      whole({ usage: usage(75, 1_186, { reasoning: 1_024 }) }),
      { input: 75, output: 1_186, reasoning: 1_024 },
    ],
    [
      'an answer cut at its token limit',
      streamOf({ type: 'response.incomplete', response: { status: 'incomplete', usage: usage(9, 16, { reasoning: 16 }) } }).join(''),
      { input: 9, output: 16, reasoning: 16 },
    ],
    [
      'a failed response with its usage',
      streamOf({ type: 'response.failed', response: { status: 'failed', usage: usage(40, 2) } }).join(''),
      { input: 40, output: 2 },
    ],
    [
      'usage without details',
      whole({ usage: { input_tokens: 5, output_tokens: 6, total_tokens: 11 } }),
      { input: 5, output: 6 },
    ],
    [
      'details that do not fit their totals',
      whole({ usage: usage(5, 6, { cached: 9, written: 9, reasoning: 9 }) }),
      { output: 6, cacheRead: 5, reasoning: 6 },
    ],
  ])('%s', async (_, body, counted) => {
    expect(await count(body)).toEqual({
      tally: { model: ANSWERED_MODEL, tokens: tokens(counted), tiers: { servicetier: null }, unusualPrice: false },
      missed: false,
      gap: 'none',
      cutOff: false,
    });
  }); // prettier-ignore
});

test('a stream that breaks off is estimated from its text, its reasoning and its calls', async () => {
  const deltas = [
    ['output_text', 'x'.repeat(100)],
    ['reasoning_summary_text', 'x'.repeat(60)],
    ['function_call_arguments', 'x'.repeat(20)],
    ['custom_tool_call_input', 'x'.repeat(20)],
  ].map(([kind, delta]) => event(`response.${kind}.delta`, { delta }));
  const audio = event('response.audio.delta', { delta: 'x'.repeat(400) });
  const { cutOff, tally } = await count([CREATED, ...deltas, audio].join(''));
  expect(cutOff).toBe(true);
  expect(tally).toEqual({ model: ANSWERED_MODEL, tokens: tokens({ output: 50 }), unusualPrice: false });
});

test.each([
  ['by an error event', event('error', { code: 'server_error', message: 'x', param: null })],
  ['by a failed response', event('response.failed', { response: response({ status: 'failed', usage: null }) })],
])('a stream that the provider ends %s is estimated and does not break off', async (_, last) => {
  const said = event('response.output_text.delta', { delta: 'x'.repeat(40) });
  const counted = await count(CREATED + said + last);
  expect(counted).toMatchObject({ cutOff: false, missed: false, tally: { tokens: { output: 10 } } });
});

test('a failed whole response costs nothing', async () => {
  const body = whole({ status: 'failed', error: { code: 'server_error', message: 'x' }, usage: null });
  expect(await count(body)).toMatchObject({
    missed: false,
    tally: { model: ANSWERED_MODEL, tokens: tokens({}) },
  });
});

test.each([
  ['that runs in the background', whole({ status: 'queued', usage: null })],
  ['that is complete without usage', streamOf({ type: 'response.completed', response: { usage: null } }).join('')],
  ['with odd usage', whole({ usage: { ...USAGE, output_tokens: -1 } })],
])('a response %s is reported as missed, not as free', async (_, body) => {
  expect((await count(body)).missed).toBe(true);
});

test.each([
  ['default', { servicetier: null }],
  // A choice, and no tier.
  ['auto', undefined],
  [null, undefined],
  ['priority', { servicetier: 'priority' }],
  ['fast', { servicetier: 'priority' }],
  ['flex', { servicetier: 'flex' }],
])('the service tier %s is told as %j', async (service_tier, tiers) => {
  expect((await count(whole({ service_tier }))).tally.tiers).toEqual(tiers);
});

test('a response in the background that is not read to its end counts as a whole: it goes on without its reader', () => {
  const [route] = openaiResponses.routes;
  if (route === undefined) throw new Error('no route');
  const meterOf = (background: boolean) => {
    const body = Buffer.from(JSON.stringify({ model: 'gpt-6.2-sol', input: 'hi', stream: true, background }));
    return openaiResponses.readRequest(body, { route, params: {}, query: {} }).createMeter('text/event-stream');
  };
  const events = streamOf({ type: 'response.completed', response: response({ usage: USAGE }) });
  const [begun = ''] = events;
  for (const [background, left] of [[true, 'all'], [false, 'input']] as const) {
    const meter = meterOf(background);
    meter.take(Buffer.from(begun));
    expect(meter.gap()).toBe(left);
    for (const event of events.slice(1)) meter.take(Buffer.from(event));
    expect(meter.gap()).toBe('none');
  }
}); // prettier-ignore
