import { expect, test } from 'vitest';
import { createAgentMemory } from '../../core/agent-memory.ts';
import { createGrace } from './grace.ts';

test('it counts only while the agent is over its limit', () => {
  const grace = createGrace(100, createAgentMemory());
  expect(grace.overMs('scout', 0)).toBeNull();
  grace.over('scout', 0);
  grace.over('scout', 30);
  expect(grace.overMs('scout', 50)).toBe(50);
  grace.under('scout', 60);
  expect(grace.overMs('scout', 90)).toBe(60);
  grace.over('scout', 90);
  expect(grace.overMs('scout', 130)).toBe(100);
});

// Attack. Scenario: an agent that alternates above and below its limit, to get a new grace period and a new notice each
// time.
test('alternating below and above its limit restarts nothing; staying below for a whole grace period does', () => {
  const grace = createGrace(100, createAgentMemory());
  for (let now = 0; now < 200; now += 20) (now % 40 === 0 ? grace.over : grace.under)('scout', now);
  expect(grace.overMs('scout', 200)).toBe(100);
  // Below the limit since 180.
  grace.under('scout', 279);
  expect(grace.overMs('scout', 279)).not.toBeNull();
  grace.under('scout', 280);
  expect(grace.overMs('scout', 280)).toBeNull();
});
