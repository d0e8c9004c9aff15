import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MOST_LOG_CHARS_SENT } from '../../../../protocol/schemas/check.ts';
import { createCheckOutput } from './check-output.ts';

function takeAll(output: ReturnType<typeof createCheckOutput>): string[] {
  const texts = [];
  for (let text = output.take(); text !== ''; text = output.take()) texts.push(text);
  return texts;
}

test('lines arrive whole and in order, in texts that the forge takes, however the bytes are cut', () => {
  const lines = fc.array(fc.stringMatching(/^[a-z ]{0,300}$/), { maxLength: 200 });
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 5_000 }), (given, size) => {
      const output = createCheckOutput((text) => text);
      const bytes = Buffer.from(given.map((line) => `${line}\n`).join(''));
      for (let at = 0; at < bytes.length; at += size) output.push(bytes.subarray(at, at + size));
      output.end();
      const texts = takeAll(output);
      for (const text of texts) {
        expect(text.length).toBeLessThanOrEqual(MOST_LOG_CHARS_SENT);
        expect(text.endsWith('\n')).toBe(true);
      }
      expect(texts.join('')).toBe(bytes.toString());
    }),
  );
});

test('secrets are replaced, also ones that colours or chunks cut, or that have several lines', () => {
  const redact = (text: string) => text.replaceAll('hunter2', '[A]').replaceAll('one\ntwo', '[B]');
  const output = createCheckOutput(redact);
  for (const chunk of ['x hun', 'ter2 y\n', 'hun\u001b[31mter2\n', 'one\n', 'two\n']) output.push(Buffer.from(chunk));
  output.end();
  expect(takeAll(output).join('')).toBe('x [A] y\n[A]\n[B]\n');
});

test('a line that was written over is its last state', () => {
  const output = createCheckOutput((text) => text);
  output.push(Buffer.from('10%\r50%\r100%\r\nnext\u0000\u0007\n'));
  output.end();
  expect(takeAll(output).join('')).toBe('100%\nnext\n');
});

test('of an endless output the beginning and the end are sent, and memory stays bounded', () => {
  const output = createCheckOutput((text) => text);
  let sent = 0;
  let last = '';
  const take = () => {
    for (const text of takeAll(output)) [sent, last] = [sent + text.length, text];
  };
  const block = Buffer.from(`${'x'.repeat(99)}\n`.repeat(1_000));
  for (let at = 0; at < 100; at += 1) {
    output.push(block);
    take();
  }
  output.push(Buffer.from('the end\n'));
  output.end();
  take();
  expect(sent).toBeLessThan(4_100_000);
  expect(last.endsWith('the end\n')).toBe(true);
});

test('it says when it should not be read on, until enough was taken', () => {
  const output = createCheckOutput((text) => text);
  for (let at = 0; at < 4; at += 1) output.push(Buffer.from(`${'x'.repeat(99)}\n`.repeat(1_000)));
  expect(output.isFull()).toBe(true);
  takeAll(output);
  expect(output.isFull()).toBe(false);
});
