import { describe, expect, test } from 'vitest';
import { meterAnswer } from '../fixtures/meter-answer.ts';
import { answer, ANSWERED_MODEL, asArray, asEvents, chunksOf, failure, USAGE } from './fixtures/answers.ts';
import { createMeter } from './meter.ts';

/** Counts an answer in pieces of this size, of which every byte has to reach the box. */
async function count(body: string, size = body.length) {
  const bytes = Buffer.from(body);
  const type = body.startsWith('data:') ? 'text/event-stream' : 'application/json; charset=UTF-8';
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  const request = { createMeter: (given: string) => createMeter(given, { array: body.startsWith('[') }) };
  const { shown, ...counted } = await meterAnswer(request, { type, chunks });
  expect(shown).toBe(body);
  return counted;
}

const whole = (usageMetadata: object | undefined, candidate: object = {}) =>
  JSON.stringify(answer([{ text: 'x' }], { usageMetadata }, { finishReason: 'STOP', ...candidate }));
const tokens = (given: object) => ({ input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, reasoning: 0, ...given }); // prettier-ignore
const usual = { input: 600, output: 120, cacheRead: 400, reasoning: 20 };

describe('recorded answers are counted to the token', () => {
  test.each<[string, string, object]>([
    ['a stream of events', asEvents(chunksOf()).join(''), usual],
    ['a stream of events with event lines', asEvents(chunksOf()).map((event) => `event: message\n${event}`).join('').replace(/^event.*\n/, ''), usual],
    ['a stream that is an array', asArray(chunksOf()), usual],
    ['an array on one line', JSON.stringify(chunksOf()), usual],
    ['an array with brackets in its strings', asArray([answer([{ text: ']}],[{"\\"' }]), ...chunksOf()]), usual],
    ['a whole answer', whole(USAGE), usual],
    [
      'a prompt that is nearly all cached',
      whole({ promptTokenCount: 32_768, cachedContentTokenCount: 32_000, candidatesTokenCount: 9 }),
      { input: 768, output: 9, cacheRead: 32_000 },
    ],
    [
      'thoughts, which no candidate contains',
      whole({ promptTokenCount: 12, candidatesTokenCount: 5, thoughtsTokenCount: 1_024, totalTokenCount: 1_041 }),
      { input: 12, output: 1_029, reasoning: 1_024 },
    ],
    [
      'thoughts that leave no room for an answer',
      whole({ promptTokenCount: 12, thoughtsTokenCount: 64 }, { finishReason: 'MAX_TOKENS' }),
      { input: 12, output: 64, reasoning: 64 },
    ],
    [
      "results of the provider's own tools",
      whole({ promptTokenCount: 20, toolUsePromptTokenCount: 700, candidatesTokenCount: 30 }),
      { input: 720, output: 30 },
    ],
    [
      'a call of a tool',
      JSON.stringify(answer([{ functionCall: { name: 'bash', args: {} } }], { usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4 } }, { finishReason: 'STOP' })),
      { input: 3, output: 4 },
    ],
    [
      'a prompt that was refused',
      JSON.stringify({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 7 }, modelVersion: ANSWERED_MODEL }),
      { input: 7 },
    ],
    [
      'a stream whose last chunk comes after its end',
      asEvents([...chunksOf({ promptTokenCount: 1_000 }), answer([], { usageMetadata: USAGE })]).join(''),
      usual,
    ],
  ])('%s', async (_, body, counted) => {
    const expected = {
      tally: { model: ANSWERED_MODEL, tokens: tokens(counted), unusualPrice: false },
      missed: false,
      gap: 'none',
      cutOff: false,
    };
    expect(await count(body)).toEqual(expected);
    expect(await count(body, 7)).toEqual(expected);
  }); // prettier-ignore
});

test.each([
  ['events', asEvents([answer([{ text: 'x'.repeat(200), thought: true }]), answer([{ text: 'x'.repeat(200) }])]).join('')],
  ['an array', asArray([answer([{ text: 'x'.repeat(400) }])]).replace(/\n\]\n$/, '')],
])('a stream of %s that breaks off is estimated from its text', async (_, body) => {
  const { cutOff, tally } = await count(body);
  expect(cutOff).toBe(true);
  expect(tally).toEqual({
    model: ANSWERED_MODEL,
    tokens: tokens({ input: 600, cacheRead: 400, output: 100 }),
    unusualPrice: false,
  });
}); // prettier-ignore

test('a stream that the provider ends with an error is estimated and does not break off', async () => {
  const said = answer([{ text: 'x'.repeat(40) }]);
  for (const body of [asEvents([said, failure(503, [])]).join(''), asArray([said, failure(503, [])])])
    expect(await count(body)).toMatchObject({ cutOff: false, missed: false, tally: { tokens: { output: 10 } } });
});

test.each([
  ['a whole answer', whole(undefined)],
  ['a complete stream', asEvents([...chunksOf().slice(0, -1), answer([], { usageMetadata: undefined }, { finishReason: 'STOP' })]).join('')],
  ['JSON of another API', '{"object":"response"}'],
])('%s without usage is reported as missed, not as free', async (_, body) => {
  expect((await count(body)).missed).toBe(true);
}); // prettier-ignore

test('sound and pictures are counted as parts', async () => {
  const promptTokensDetails = [
    { modality: 'TEXT', tokenCount: 1 },
    { modality: 'AUDIO', tokenCount: 9 },
  ];
  const candidatesTokensDetails = [{ modality: 'IMAGE', tokenCount: 7 }];
  const { tally } = await count(whole({ ...USAGE, promptTokensDetails, candidatesTokensDetails }));
  expect(tally.tokens).toMatchObject({ audioInput: 9, imageOutput: 7 });
});

test.each([
  ['text', { promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 9 }], candidatesTokensDetails: [{ modality: 'TEXT', tokenCount: 9 }] }, false],
  ['sound that may be cached', { promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 9 }] }, true],
  ['sound', { cachedContentTokenCount: 0, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 9 }] }, false],
  ['a picture that it made', { candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 9 }] }, false],
  ['uncounted pictures', { candidatesTokensDetails: [{ modality: 'IMAGE' }] }, true],
  ['more pictures than output', { candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 9_999 }] }, true],
  ['speech', { candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 9 }] }, true],
])('an answer with %s is one that no list prices: %s', async (_, details, unusual) => {
  expect((await count(whole({ ...USAGE, ...details }))).tally.unusualPrice).toBe(unusual);
}); // prettier-ignore
