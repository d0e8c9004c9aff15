import { expect, test } from 'vitest';
import { createAgentMemory } from '../../core/agent-memory.ts';
import { createShares } from './shares.ts';

const MINUTE = 60_000;
const exceeded = (minutes: number) =>
  expect.objectContaining({ code: 'rate_exceeded', details: { retryAfterMs: minutes * MINUTE } }) as Error;

test('a share lasts an hour, and the refusal says when the next one begins', () => {
  let now = 1_000;
  const shares = createShares(100, { clock: () => now, memory: createAgentMemory() });
  shares.take('scout', 60);
  now += 15 * MINUTE;
  expect(() => shares.take('scout', 41)).toThrow(exceeded(45));
  shares.take('scout', 40);
  shares.take('coder', 100);
  now += 45 * MINUTE;
  shares.take('scout', 100);
});

test('the share of a failed upload is given back', () => {
  const shares = createShares(100, { clock: () => 1_000, memory: createAgentMemory() });
  shares.take('scout', 100);
  shares.giveBack('scout', 100);
  shares.giveBack('coder', 100);
  shares.take('scout', 100);
  shares.take('coder', 100);
  expect(() => shares.take('coder', 1)).toThrow(exceeded(60));
});

test('a clock that was set back blocks nobody', () => {
  let now = 90 * MINUTE;
  const shares = createShares(100, { clock: () => now, memory: createAgentMemory() });
  shares.take('scout', 100);
  now = 5;
  shares.take('scout', 100);
});
