import { expect, test } from 'vitest';
import { passMeter } from '../fixtures/meter-answer.ts';
import { PLAIN_STREAM, STREAM } from './fixtures/answers.ts';
import { openaiChat } from './openai-chat.ts';

const [route] = openaiChat.routes;
if (route === undefined) throw new Error('no route');
const read = (body: string) => openaiChat.readRequest(Buffer.from(body), { route, params: {}, query: {} });
const shownTo = async (body: string, stream = STREAM) => {
  const meter = read(body).createMeter('text/event-stream');
  const { shown } = await passMeter(meter, [Buffer.from(stream.join(''))]);
  return { shown, tally: meter.tally(), missed: meter.missed() };
};

test('usage is requested where the box does not, and no other byte is changed', () => {
  const body = '{"model":"m", "stream":true,"seed":12345678901234567890,"messages":[]}';
  expect(read(body).body.toString()).toBe(`{"stream_options":{"include_usage":true},${body.slice(1)}`);
});

test.each([
  ['null', { include_usage: true }],
  ['{}', { include_usage: true }],
  ['{"include_usage":false}', { include_usage: true }],
  ['{"include_obfuscation":false}', { include_obfuscation: false, include_usage: true }],
])('stream_options of %s keep their other fields', (given, sent) => {
  const body = `{"model":"m","stream":true,"stream_options":${given}}`;
  expect(JSON.parse(read(body).body.toString())).toEqual({ model: 'm', stream: true, stream_options: sent });
});

test('the usage chunk is passed to a box that asked for it, and to no other', async () => {
  expect((await shownTo('{"stream":true}')).shown).toBe(PLAIN_STREAM.join(''));
  const asking = '{"stream":true,"stream_options":{"include_usage":true}}';
  expect((await shownTo(asking)).shown).toBe(STREAM.join(''));
  expect(read(asking).body.toString()).toBe(asking);
});

test('lines that end in CR LF, comments and events without data pass', async () => {
  const crlf = STREAM.map((event) => event.replaceAll('\n', '\r\n'));
  const { shown, tally } = await shownTo('{"stream":true}', [': hello\r\n\r\n', ...crlf]);
  expect(shown).toBe(`: hello\r\n\r\n${PLAIN_STREAM.join('').replaceAll('\n', '\r\n')}`);
  expect(tally.tokens).toMatchObject({ input: 600, cacheRead: 400, output: 120, reasoning: 20 });
});

test('a complete stream without usage is estimated, and reported as missed', async () => {
  const { tally, missed } = await shownTo('{"stream":true}', PLAIN_STREAM);
  expect(missed).toBe(true);
  expect(tally.tokens.output).toBe(Math.ceil('Grüße, 🐝{"command":"ls"}'.length / 4));
});

test.each([
  ['default', { servicetier: null }],
  ['priority', { servicetier: 'priority' }],
])('the service tier %s is told as %j', async (service_tier, tiers) => {
  const tiered = STREAM.map((event) => event.replace('"created":1', `"created":1,"service_tier":"${service_tier}"`));
  expect((await shownTo('{"stream":true}', tiered)).tally.tiers).toEqual(tiers);
});

test('a request that is nested too deep to be serialized again is passed on unchanged', () => {
  const body = `{"stream":true,"stream_options":{},"messages":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  expect(read(body).body.toString()).toBe(body);
});

test('several choices in one request multiply the token limit', () => {
  expect(read('{"model":"m","max_tokens":10,"n":3}').facts.maxTokens).toBe(30);
});
