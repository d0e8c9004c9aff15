import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { passMeter } from '../fixtures/meter-answer.ts';
import type { Meter } from '../protocol.ts';
import { STREAM } from './fixtures/answers.ts';
import { createMeter } from './meter.ts';

const COUNTED = {
  model: 'claude-sonnet-4-5-20250929',
  tokens: { input: 100, output: 50, cacheRead: 2000, cacheWrite5m: 200, cacheWrite1h: 100, reasoning: 0 },
  unusualPrice: false,
};

/** Meters whose stream ended before its message did. */
const cutOff = new WeakSet<Meter>();

async function count(type: string, chunks: readonly Buffer[]) {
  const meter = createMeter(type);
  const run = await passMeter(meter, chunks);
  if (run.cutOff) cutOff.add(meter);
  expect(run.shown).toBe(Buffer.concat(chunks).toString());
  return meter;
}

describe('createMeter', () => {
  test('counts a stream however its bytes are split, and changes none (property)', async () => {
    const whole = Buffer.from(STREAM.join(''));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 20 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end));
        const meter = await count('text/event-stream; charset=utf-8', chunks);
        expect(meter.tally()).toEqual(COUNTED);
        expect(meter.missed()).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  test('counts searches that the provider made', async () => {
    const usage = { input_tokens: 1, output_tokens: 2, server_tool_use: { web_search_requests: 3 } };
    const body = JSON.stringify({ type: 'message', model: 'm', content: [], usage });
    const meter = await count('application/json', [Buffer.from(body)]);
    expect(meter.tally().tokens).toMatchObject({ input: 1, output: 2, webSearches: 3 });
  });

  test('estimates the output of a stream that broke off before its last count', async () => {
    const delta = (text: string) =>
      `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { text } })}\n\n`;
    const meter = await count('text/event-stream', [Buffer.from((STREAM[0] ?? '') + delta('x'.repeat(400)))]);
    expect(meter.tally().tokens).toMatchObject({ input: 100, output: 100 });
  });

  test('counts a stream without event lines by the type in its data, and reports data without a type as missed', async () => {
    const bare = STREAM.join('').replaceAll(/^event: .*\n/gm, '');
    const meter = await count('text/event-stream', [Buffer.from(bare)]);
    expect(meter.tally()).toEqual(COUNTED);
    expect([meter.missed(), cutOff.has(meter)]).toEqual([false, false]);
    expect((await count('text/event-stream', [Buffer.from('data: hello\n\n')])).missed()).toBe(true);
  });

  test('a stream that ends before its message does breaks off, also when the last bytes look like an end', async () => {
    for (let length = 0; length < STREAM.length - 1; length += 1) {
      const meter = await count('text/event-stream', [Buffer.from(STREAM.slice(0, length).join(''))]);
      expect(cutOff.has(meter)).toBe(true);
    }
    expect(cutOff.has(await count('text/event-stream', [Buffer.from(STREAM.join(''))]))).toBe(false);
    const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n';
    expect(cutOff.has(await count('text/event-stream', [Buffer.from((STREAM[0] ?? '') + error)]))).toBe(false);
  });

  test('an answer that is neither a message nor an error is reported as missed', async () => {
    const page = await count('text/html', [Buffer.from('<html>sign in</html>')]);
    page.tally();
    expect(page.missed()).toBe(true);
  });

  test('counts a plain message', async () => {
    const body = {
      type: 'message',
      model: 'claude-haiku-4-5',
      usage: { input_tokens: 3, output_tokens: 4, speed: 'fast' },
    };
    const meter = await count('application/json', [Buffer.from(JSON.stringify(body))]);
    expect(meter.tally()).toEqual({
      model: 'claude-haiku-4-5',
      tokens: { input: 3, output: 4, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, reasoning: 0 },
      tiers: { speed: 'fast' },
      unusualPrice: false,
    });
  });

  test('an error counts no tokens, and is not reported as missed', async () => {
    const meter = await count('application/json', [Buffer.from('{"type":"error","error":{"type":"x"}}')]);
    expect(meter.tally().tokens.input).toBe(0);
    expect(meter.missed()).toBe(false);
  });

  test('reports missed when it could not count: an endless line, an event that does not fit the schema', async () => {
    const endless = await count('text/event-stream', [Buffer.from('data: '), Buffer.alloc(5 * 1024 * 1024, 0x61)]);
    expect(endless.missed()).toBe(true);
    const odd = await count('text/event-stream', [
      Buffer.from('event: message_start\ndata: {"type":"message_start"}\n\n'),
    ]);
    expect(odd.missed()).toBe(true);
  });
});
