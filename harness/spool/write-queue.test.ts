import { expect, test } from 'vitest';
import { createWriteQueue } from './write-queue.ts';

/** A writer whose writes end on demand. */
function openWriter() {
  const waiting: string[] = [];
  const written: string[][] = [];
  const errors: unknown[] = [];
  const ends: (() => void)[] = [];
  const queue = createWriteQueue(
    async () => {
      const batch = waiting.splice(0);
      written.push(batch);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (batch.includes('bad')) throw new Error('disk');
    },
    (error) => errors.push(error),
  );
  const add = (line: string) => {
    waiting.push(line);
    queue.writeSoon();
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { queue, add, written, errors, settle, endOne: () => ends.shift()?.() };
}

test('lines that arrive before a write begins, or during one, are written together', async () => {
  const { queue, add, written, settle, endOne } = openWriter();
  add('a');
  add('b');
  await settle();
  add('c');
  add('d');
  expect(written).toEqual([['a', 'b']]);
  endOne();
  await settle();
  expect(written).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  endOne();
  const last = queue.write();
  await settle();
  endOne();
  await last;
  expect(written).toHaveLength(3);
});

test('other work waits for the writes before it, and later writes wait for it', async () => {
  const { queue, add, written, settle, endOne } = openWriter();
  const steps: string[] = [];
  let endWork = () => {};
  add('a');
  await settle();
  const work = queue.run(async () => {
    steps.push('work');
    await new Promise<void>((resolve) => (endWork = resolve));
  });
  add('b');
  await settle();
  expect([steps, written]).toEqual([[], [['a']]]);
  endOne();
  await settle();
  expect([steps, written]).toEqual([['work'], [['a']]]);
  endWork();
  await work;
  await settle();
  expect(written).toEqual([['a'], ['b']]);
  endOne();
});

test('an error is reported, and what comes after it runs', async () => {
  const { queue, add, written, errors, settle, endOne } = openWriter();
  add('bad');
  await settle();
  const failing = queue.run(() => Promise.reject(new Error('close')));
  endOne();
  await failing;
  add('good');
  await settle();
  endOne();
  expect(errors.map(String)).toEqual(['Error: disk', 'Error: close']);
  expect(written).toEqual([['bad'], ['good']]);
});
