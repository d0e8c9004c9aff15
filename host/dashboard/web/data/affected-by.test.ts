import { expect, test } from 'vitest';
import { EVENT_KINDS } from '../../../../protocol/schemas/event.ts';
import { affectedBy, isTranscript } from './affected-by.ts';

const QUIET = [
  'cli.started',
  'cli.exited',
  'dashboard.link',
  'dashboard.signed_in',
  'secret.found',
  'secret.changed',
  'skills.changed',
];

test('every kind of event is known to the page', () => {
  const unknown = EVENT_KINDS.filter((kind) => affectedBy({ kind }).length === 0 && !QUIET.includes(kind));
  expect(unknown).toEqual([]);
});

test('a tool call refetches the fleet only, the end of a turn refetches mail too', () => {
  expect(affectedBy({ kind: 'turn.tool_call' })).toEqual(['agents']);
  expect(affectedBy({ kind: 'turn.finished' })).toContain('threads');
});

test('a transcript shows events of turns and of the box, but no sent messages', () => {
  expect(isTranscript({ kind: 'turn.text' })).toBe(true);
  expect(isTranscript({ kind: 'box.exited' })).toBe(true);
  expect(isTranscript({ kind: 'message.sent' })).toBe(false);
});
