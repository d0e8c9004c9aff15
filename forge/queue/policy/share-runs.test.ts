import { expect, test } from 'vitest';
import { orderSharers } from './share-runs.ts';

test('the queue with the fewest runs is served first, then the one that waits longest', () => {
  const queue = (name: string, running: number, oldestAt: number) => ({ name, running, oldestAt });
  const order = orderSharers([queue('busy', 2, 1), queue('young', 0, 9), queue('old', 0, 5)]);
  expect(order.map(({ name }) => name)).toEqual(['old', 'young', 'busy']);
});
