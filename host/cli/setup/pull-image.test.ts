import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readProgress } from './pull-image.ts';

const read = (...chunks: string[]) => readProgress(Readable.from(chunks), new AbortController().signal);

test('an error in an engine’s progress is found, wherever the chunks are split', async () => {
  expect(await read('{"status":"a"}\n{"err', 'or":"no such host"}\n{"status":"b"}\n')).toBe('no such host');
  expect(await read('{"error":"at the end"}')).toBe('at the end');
});

test('progress without an error returns none', async () => {
  expect(await read('{"status":"a"}\n', 'not JSON\n')).toBeNull();
  expect(await read()).toBeNull();
});
