import { expect, test } from 'vitest';
import { EVENT_WORDS, sayEventWords, toneOf } from './event-words.ts';
import { EVENT_KINDS } from './schemas/event.ts';

const FORMAT = { span: String, past: String, ahead: String, bytes: String };

test('every kind of event has a title that can begin a line', () => {
  for (const kind of EVENT_KINDS) expect(EVENT_WORDS[kind].title, kind).toMatch(/^[a-zA-Z]\S*( \S+)*$/);
});

test('a sentence is made of the event’s data alone; unremarkable events have no line in the transcript', () => {
  const data = { state: 'needs_login', reason: 'no key', until: null };
  expect(sayEventWords({ kind: 'harness.state', data }, FORMAT)).toBe('needs login: no key');
  expect(toneOf({ kind: 'harness.state', data })).toBe('warn');
  expect(toneOf({ kind: 'harness.state', data: { ...data, reason: null } })).toBeNull();
  expect(toneOf({ kind: 'forge.pushed', data: {} })).toBeNull();
});
