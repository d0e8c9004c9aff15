import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { NO_BYTES, type Step } from '../protocols/step.ts';
import { Passage } from './passage.ts';

/** Holds the last byte back until there is a later one. */
function late(): Step {
  let held: Buffer = NO_BYTES;
  return {
    take(bytes) {
      const all = Buffer.concat([held, bytes]);
      held = all.subarray(-1);
      return all.subarray(0, -1);
    },
    end: () => held,
  };
}
const broken = (why: string): Step => ({
  take: (bytes) => bytes,
  end: () => {
    throw new Error(why);
  },
});

test('what a step holds back at the end passes the steps behind it', async () => {
  const source = Readable.from([Buffer.from('abc'), Buffer.from('def')]);
  expect(await text(new Passage(source, [late(), late(), late()]))).toBe('abcdef');
  expect(await buffer(new Passage(Readable.from([], { objectMode: false }), [late()]))).toHaveLength(0);
});

test('a source that fails, or ends before it is through, breaks off for the reader', async () => {
  const failing = new PassThrough();
  const passage = new Passage(failing, []);
  failing.destroy(new Error('reset'));
  await expect(finished(passage)).rejects.toThrow('reset');
  const cut = new PassThrough();
  const second = new Passage(cut, []);
  cut.destroy();
  await expect(finished(second)).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
});

test('a step that throws, and a reader that leaves, end the source', async () => {
  const source = new PassThrough();
  source.end('a');
  await expect(text(new Passage(source, [broken('cut')]))).rejects.toThrow('cut');
  expect(source.destroyed).toBe(true);
  const left = new PassThrough();
  new Passage(left, []).destroy();
  expect(left.destroyed).toBe(true);
});

test('an answer that is broken off ends at the provider at once, and for the box when the error is known', async () => {
  const source = new PassThrough();
  const passage = new Passage(source, []);
  let tell: (error: Error) => void = () => undefined;
  const told = new Promise<Error>((resolve) => (tell = resolve));
  let pieces = 0;
  passage.watch(() => ((pieces += 1) < 2 ? null : told));
  const shown: string[] = [];
  passage.on('data', (chunk: Buffer) => shown.push(String(chunk)));
  const ended = finished(passage);
  void ended.catch(() => undefined);
  source.write('first');
  source.write('second');
  await finished(source).catch(() => undefined);
  expect([passage.destroyed, shown]).toEqual([false, ['first']]);
  tell(new Error('used up'));
  await expect(ended).rejects.toThrow('used up');
});
