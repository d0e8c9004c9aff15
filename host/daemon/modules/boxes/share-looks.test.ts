import { expect, test } from 'vitest';
import { shareLooks } from './share-looks.ts';

function openQuestion() {
  const asked: ((answer: number) => void)[] = [];
  return { asked, look: shareLooks(() => new Promise<number>((resolve) => asked.push(resolve))) };
}
const turnOver = () => new Promise((resolve) => setImmediate(resolve));

test('many callers share the look after the one under way, and nobody gets an older answer', async () => {
  const { asked, look } = openQuestion();
  const first = look();
  const later = [look(), look(), look()];
  expect(asked).toHaveLength(1);
  asked[0]?.(1);
  expect(await first).toBe(1);
  await turnOver();
  expect(asked).toHaveLength(2);
  const latest = look();
  asked[1]?.(2);
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
  await turnOver();
  asked[2]?.(3);
  expect(await latest).toBe(3);
});

test('a failed look fails those who shared it, and the next one is asked anew', async () => {
  let count = 0;
  const look = shareLooks(async () => {
    count += 1;
    if (count === 2) throw new Error('away');
    return count;
  });
  const asked = [look(), look(), look()];
  const settled = await Promise.allSettled(asked);
  expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(await look()).toBe(3);
});
