import { describe, expect, test } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import { type JudgedAgent, judgeAgents, judgeClock } from './judge-agents.ts';

const agent = (name: string, more: Partial<JudgedAgent> = {}): JudgedAgent => ({
  name: name as AgentName,
  desired: 'running',
  state: 'idle',
  reason: null,
  until: null,
  dead: 0,
  ...more,
});

describe('the doctor on agents', () => {
  test('says of each agent in trouble why, and what to do', () => {
    const checks = judgeAgents(
      [
        agent('manager'),
        agent('scout', { state: 'failed', reason: 'the mount source is not there' }),
        agent('coder', { state: 'rate_limited', reason: 'too many requests', until: 5_000, dead: 2 }),
      ],
      1_000,
    );
    expect(checks.map(({ name, level, found }) => [name, level, found])).toEqual([
      ['agent scout', 'fail', 'failed: the mount source is not there'],
      ['agent coder', 'warn', 'rate limited: too many requests; again at 1970-01-01T00:00:05.000Z'],
      ['mail of coder', 'warn', '2 of its messages were given up'],
    ]);
    expect(checks[0]?.advice).toContain('hivectl logs scout');
  });
  test('reports no problem for a fleet that works, stopped agents included', () => {
    expect(judgeAgents([agent('manager'), agent('scout', { desired: 'stopped', state: 'stopped' })], 0)).toMatchObject([
      { level: 'ok', found: '1 of 2 running, none in trouble' },
    ]);
  });
  test('does not list a hundred failures', () => {
    const many = Array.from({ length: 100 }, (_, index) => agent(`a${index}`, { state: 'failed' }));
    expect(judgeAgents(many, 0)).toHaveLength(21);
    expect(judgeAgents(many, 0).at(-1)?.found).toBe('80 more with trouble');
  });
});

test('the doctor notices a clock that was set back', () => {
  expect(judgeClock({ now: 1_000_000, newestAt: 999_000 }).level).toBe('ok');
  expect(judgeClock({ now: 1_000_000, newestAt: null }).level).toBe('ok');
  expect(judgeClock({ now: 1_000_000, newestAt: 4_600_000 })).toMatchObject({
    level: 'warn',
    found: '1970-01-01T00:16:40.000Z, 3600 s behind the newest event',
  });
});
