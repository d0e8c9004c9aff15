import { expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { createAgentMemory } from '../../core/agent-memory.ts';
import { type AgentLimit, createKnownLimits } from './known-limits.ts';

const SCOUT = 'scout' as AgentName;
const limit = (more: Partial<AgentLimit>): AgentLimit => ({
  agent: SCOUT,
  kind: 'rate',
  until: 9_000,
  at: 1_000,
  ...more,
});

test('the newest limit that an agent reached in a turn is known until the agent is gone', () => {
  const memory = createAgentMemory();
  const limits = createKnownLimits(memory);
  expect(limits.limitEnd(SCOUT, 0)).toBeNull();
  limits.hear(limit({}));
  limits.hear(limit({ kind: 'quota', until: 20_000, at: 2_000 }));
  expect(limits.limitEnd(SCOUT, 500)).toBe(20_000);
  // A limit of an earlier turn does not apply to this one.
  expect(limits.limitEnd(SCOUT, 2_001)).toBeNull();
  expect(limits.limitEnd('coder' as AgentName, 0)).toBeNull();
  memory.forget(SCOUT);
  expect(limits.limitEnd(SCOUT, 0)).toBeNull();
});

test('a limit that a fallback answered in place of is nothing to wait for', () => {
  const limits = createKnownLimits(createAgentMemory());
  limits.hear(limit({ fallback: 'openai/another' }));
  expect(limits.limitEnd(SCOUT, 0)).toBeNull();
});

test('a limit without an end returns none, and an overloaded provider is not a limit', () => {
  const limits = createKnownLimits(createAgentMemory());
  limits.hear(limit({}));
  limits.hear(limit({ kind: 'overloaded', until: 3_000 }));
  expect(limits.limitEnd(SCOUT, 0)).toBe(9_000);
  limits.hear(limit({ until: null }));
  expect(limits.limitEnd(SCOUT, 0)).toBeNull();
});
