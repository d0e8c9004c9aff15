import { expect, test } from 'vitest';
import type { HiveEvent } from '../../../protocol/schemas/event.ts';
import { describeEvent } from './say-event.ts';

const say = (kind: HiveEvent['kind'], data: Record<string, unknown>) =>
  describeEvent({ seq: 1, at: 0, kind, agent: null, data }, 0);

test('a successful turn without any text says so', () => {
  const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 };
  const ended = { turn: 7, durationMs: 3_000, reason: null, toolCalls: 0, usage, messages: [] };
  expect(say('turn.finished', { ...ended, outcome: 'done', text: '' })).toMatch(
    /^turn 7 done in 3\S*, without a word$/,
  );
  expect(say('turn.finished', { ...ended, outcome: 'done', text: 'hm' })).toMatch(/^turn 7 done in 3\S*$/);
  expect(say('turn.finished', { ...ended, outcome: 'failed', text: '' })).toMatch(/^turn 7 failed in 3\S*$/);
});

test('a dropped session names the turn and the reason', () => {
  const dropped = { turn: 7, session: 's' };
  expect(say('conversation.dropped', { ...dropped, outcome: 'timed_out', reason: 'took 1 h' })).toBe(
    'a fresh one begins, because turn 7 timed out: took 1 h',
  );
  expect(say('conversation.dropped', { ...dropped, outcome: 'done', reason: null })).toBe(
    'a fresh one begins, because turn 7 could not continue it',
  );
});
