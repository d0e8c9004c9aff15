import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readProgress } from './pull-image.ts';

const read = (...chunks: string[]) => readProgress(Readable.from(chunks), new AbortController().signal);

test('an error in the middle of an engine’s progress is found, wherever the chunks are cut', async () => {
  expect(await read('{"status":"a"}\n{"err', 'or":"no such host"}\n{"status":"b"}\n')).toBe('no such host');
  expect(await read('{"error":"at the end"}')).toBe('at the end');
});

test('progress without an error is none', async () => {
  expect(await read('{"status":"a"}\n', 'not JSON\n')).toBeNull();
  expect(await read()).toBeNull();
});
