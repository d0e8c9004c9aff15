import { expect, test, vi } from 'vitest';
import { MANAGER, SCOUT } from '../fixtures/run-gateway.ts';
import { limitAsks } from './limit-asks.ts';

test('an agent that asks without end is not asked about any more; others are, and it is again later', async () => {
  let now = 1_000_000;
  const inner = vi.fn(() => Promise.resolve({ approval: 1, waitMs: 5 }));
  const { ask } = limitAsks(inner, () => now);
  const asks = (agent: typeof SCOUT) => ask({ agent, host: 'a.test', port: 443, kind: 'tunnel' });
  for (let count = 0; count < 1_000; count += 1) await asks(SCOUT);
  expect(inner).toHaveBeenCalledTimes(20);
  expect(await asks(SCOUT)).toEqual({ approval: null, waitMs: 0 });
  expect(await asks(MANAGER)).toEqual({ approval: 1, waitMs: 5 });
  now += 2_000;
  expect(await asks(SCOUT)).toEqual({ approval: 1, waitMs: 5 });
  expect(await asks(SCOUT)).toEqual({ approval: null, waitMs: 0 });
});
