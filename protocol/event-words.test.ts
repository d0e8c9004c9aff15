import { expect, test } from 'vitest';
import { EVENT_WORDS, sayEventWords, toneOf } from './event-words.ts';
import { EVENT_KINDS } from './schemas/event.ts';

const FORMAT = { span: String, past: String, ahead: String, bytes: String };

test('every kind of event has a title that can begin a line', () => {
  for (const kind of EVENT_KINDS) expect(EVENT_WORDS[kind].title, kind).toMatch(/^[a-zA-Z]\S*( \S+)*$/);
});

test('an answer’s event says who answered, and in whose place', () => {
  const usage = { inputTokens: 3, outputTokens: 4, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null };
  const data = { turn: 1, provider: 'deepseek', model: 'chat', usage, status: 200, reasoningTokens: 0 };
  expect(sayEventWords({ kind: 'usage.recorded', data }, FORMAT)).toBe('chat by deepseek: 3 in, 4 out');
  expect(sayEventWords({ kind: 'usage.recorded', data: { ...data, insteadOf: 'first/model' } }, FORMAT)).toBe(
    'chat by deepseek in place of first/model: 3 in, 4 out',
  );
});

test('a sentence is made of the event’s data alone; unremarkable events have no line in the transcript', () => {
  const data = { state: 'needs_login', reason: 'no key', until: null };
  expect(sayEventWords({ kind: 'harness.state', data }, FORMAT)).toBe('needs login: no key');
  expect(toneOf({ kind: 'harness.state', data })).toBe('warn');
  expect(toneOf({ kind: 'harness.state', data: { ...data, reason: null } })).toBeNull();
  expect(toneOf({ kind: 'forge.pushed', data: {} })).toBeNull();
});
