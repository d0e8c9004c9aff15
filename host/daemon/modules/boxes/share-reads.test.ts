import { expect, test } from 'vitest';
import { shareReads } from './share-reads.ts';

function openQuestion() {
  const asked: ((answer: number) => void)[] = [];
  return { asked, read: shareReads(() => new Promise<number>((resolve) => asked.push(resolve))) };
}
const turnOver = () => new Promise((resolve) => setImmediate(resolve));

test('callers of one turn of the event loop share one query, and nobody gets an older answer', async () => {
  const { asked, read } = openQuestion();
  const first = [read(), read(), read()];
  await turnOver();
  expect(asked).toHaveLength(1);
  const later = [read(), read()];
  await turnOver();
  expect(asked).toHaveLength(1);
  asked[0]?.(1);
  expect(await Promise.all(first)).toEqual([1, 1, 1]);
  await turnOver();
  expect(asked).toHaveLength(2);
  const latest = read();
  asked[1]?.(2);
  expect(await Promise.all(later)).toEqual([2, 2]);
  await turnOver();
  asked[2]?.(3);
  expect(await latest).toBe(3);
});

test('a failed query fails those who shared it, and the next caller starts a new one', async () => {
  let count = 0;
  const read = shareReads(async () => {
    count += 1;
    if (count === 1) throw new Error('away');
    return count;
  });
  const settled = await Promise.allSettled([read(), read()]);
  expect(settled.map((one) => one.status)).toEqual(['rejected', 'rejected']);
  expect(await read()).toBe(2);
});
