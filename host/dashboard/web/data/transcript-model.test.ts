import { expect, test } from 'vitest';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { createTranscriptModel } from './transcript-model.ts';

const event = (seq: number, kind: HiveEvent['kind'], data: Record<string, unknown>): HiveEvent => ({
  seq,
  at: seq * 1000,
  kind,
  agent: null,
  data,
});
const started = (seq: number, turn: number) => event(seq, 'turn.started', { turn, messages: [3], redelivered: [] });
const said = (seq: number, turn: number, text = 'hm') => event(seq, 'turn.text', { turn, text, truncated: false });
const called = (seq: number, turn: number, id: string) =>
  event(seq, 'turn.tool_call', { turn, id, tool: 'Read', input: '{}', truncated: false });
const answered = (seq: number, turn: number, id: string) =>
  event(seq, 'turn.tool_result', { turn, id, ok: true, text: 'x', truncated: false });
const ended = (seq: number, turn: number, more: object = {}) =>
  event(seq, 'turn.finished', { turn, outcome: 'done', text: 'read', reason: null, messages: [3], ...more });

function model(...events: HiveEvent[]) {
  const made = createTranscriptModel();
  made.append(events);
  const rows = () => Array.from({ length: made.count() }, (_, index) => made.row(index));
  return { made, rows, kinds: () => rows().map(({ is }) => is) };
}

test('events are rows in their order; calls have their results, changes, lists and pictures', () => {
  const { rows, kinds, made } = model(
    started(2, 7),
    called(3, 7, 'a'),
    called(4, 7, 'b'),
    event(5, 'turn.file_change', { turn: 7, id: 'a', path: '/a', change: 'added', diff: '+x' }),
    event(6, 'turn.todos', { turn: 7, id: 'b', items: [] }),
    event(7, 'turn.image', { turn: 7, id: 'a', path: null, mediaType: 'image/png', bytes: 8 }),
    answered(8, 7, 'a'),
    ended(9, 7),
    event(10, 'harness.state', { state: 'idle', reason: null, until: null }),
  );
  expect(kinds()).toEqual(['start', 'tool', 'tool', 'end']);
  expect(rows()[1]).toMatchObject({
    call: { id: 'a' },
    result: { ok: true, at: 8000 },
    changes: [{ path: '/a' }],
    images: [{ bytes: 8 }],
  });
  expect(rows()[2]).toMatchObject({ call: { id: 'b' }, result: null, todos: { items: [] } });
  expect(made.turn(7)).toEqual({ startedAt: 2000, isOver: true, hasText: false, error: null });
  expect([made.indexOf(8), made.indexOf(5), made.indexOf(4), made.indexOf(99)]).toEqual([1, 1, 2, null]);
});

test('a new event changes one row, and no other', () => {
  const { made, rows } = model(started(1, 7), called(2, 7, 'a'), said(3, 7));
  const before = rows();
  made.append([answered(4, 7, 'a')]);
  made.append([said(5, 7, 'more')]);
  const after = rows();
  expect(after.map((row, index) => row === before[index])).toEqual([true, false, true, false]);
});

test('what happens to the agent while its turn runs is shown in the turn, and otherwise between turns', () => {
  const expired = (seq: number) => event(seq, 'delivery.expired', { messages: [6] });
  const { rows, made } = model(started(1, 7), expired(2), ended(3, 7), expired(4));
  expect(rows().map(({ turn }) => turn)).toEqual([7, 7, 7, null]);
  expect(made.running()).toBeNull();
  made.append([started(5, 8)]);
  expect(made.running()).toBe(8);
});

test('what is stored after the end of its turn stands before that end', () => {
  const { kinds, made } = model(started(1, 7), ended(2, 7), said(3, 7), called(4, 7, 'a'));
  made.append([answered(5, 7, 'a')]);
  expect(kinds()).toEqual(['start', 'text', 'tool', 'end']);
  expect(made.row(2)).toMatchObject({ result: { ok: true } });
  expect(made.running()).toBeNull();
});

test('older events come before the others; what came without its call joins it', () => {
  const { made, kinds, rows } = model(answered(10, 7, 'a'), said(11, 7), called(12, 7, 'b'), answered(13, 7, 'b'));
  expect(kinds()).toEqual(['result', 'text', 'tool']);
  made.prepend([started(1, 7), called(2, 7, 'a')]);
  expect(kinds()).toEqual(['start', 'tool', 'moved', 'text', 'tool']);
  expect(rows()[1]).toMatchObject({ call: { id: 'a' }, result: { seq: 10 } });
  expect([made.indexOf(10), made.indexOf(13), made.turn(7).startedAt]).toEqual([1, 4, 1000]);
  made.append([answered(14, 7, 'none')]);
  expect(kinds().at(-1)).toBe('result');
});

test('rows are dropped at both ends, and calls among them wait for no result', () => {
  const { made, kinds } = model(started(1, 7), called(2, 7, 'a'), said(3, 7), said(4, 7), said(5, 7));
  expect(made.dropFirst(2)).toBe(3);
  made.append([answered(6, 7, 'a')]);
  expect(kinds()).toEqual(['text', 'text', 'text', 'result']);
  expect([made.indexOf(4), made.dropLast(2)]).toEqual([1, 4]);
});

const changed = (seq: number, turn: number, id: string) =>
  event(seq, 'turn.file_change', { turn, id, path: `/${seq}`, change: 'added', movedTo: null, diff: '+x' });

test('a call that was dropped and is loaded again has what came after the dropped part', () => {
  const events = [called(1, 7, 'a'), said(2, 7), said(3, 7), changed(4, 7, 'a'), answered(5, 7, 'a'), said(6, 7)];
  const { made, rows } = model(...events);
  expect(made.dropFirst(2)).toBe(3);
  made.prepend(events.slice(0, 2));
  expect(rows()[0]).toMatchObject({ call: { id: 'a' }, result: { seq: 5 }, changes: [{ path: '/4' }] });
  expect([made.indexOf(4), made.indexOf(5), made.count()]).toEqual([0, 0, 4]);
});

test('events that are read again after the end was dropped are not shown twice', () => {
  const late = [said(4, 7), changed(5, 7, 'a'), called(6, 7, 'b'), changed(7, 7, 'b'), answered(8, 7, 'b')];
  const { made, rows } = model(called(1, 7, 'a'), said(2, 7), said(3, 7), ...late);
  expect(made.dropLast(2)).toBe(3);
  made.append(late);
  expect(rows()).toMatchObject([
    { call: { id: 'a' }, changes: [{ path: '/5' }] },
    { seq: 2 },
    { seq: 3 },
    { seq: 4 },
    { call: { id: 'b' }, changes: [{ path: '/7' }], result: { seq: 8 } },
  ]);
});

// Vulnerability: one row that grows without bound is never dropped, and shows all of it.
test('a call has a bounded number of changes; further ones are rows', () => {
  const many = Array.from({ length: 80 }, (_, n) => changed(n + 2, 7, 'a'));
  const { rows, kinds } = model(called(1, 7, 'a'), ...many, answered(90, 7, 'a'));
  expect(kinds()).toEqual(['tool', ...Array.from({ length: 30 }, () => 'change')]);
  expect(rows()[0]).toMatchObject({ result: { seq: 90 }, changes: { length: 50 } });
});

test('an error and a text of the turn are known to its end', () => {
  const { made } = model(said(1, 7), event(2, 'turn.error', { turn: 7, text: '529 overloaded', truncated: false }));
  expect(made.turn(7)).toMatchObject({ hasText: true, error: 'Error: 529 overloaded', isOver: false });
  expect(made.running()).toBe(7);
});

test('notes are words; the end of a turn without any says so', () => {
  const { rows } = model(
    event(1, 'turn.started', {
      turn: 7,
      messages: [3],
      redelivered: [],
      session: { choice: 'fresh', reason: '60k tokens, cache cold' },
    }),
    event(2, 'delivery.joined', { turn: 7, messages: [4, 5] }),
    event(3, 'conversation.dropped', { turn: 7, session: 's', outcome: 'failed', reason: 'Prompt is too long' }),
    ended(4, 7, { text: ' \n' }),
    ended(5, 8, { outcome: 'failed', text: '' }),
  );
  expect(rows()).toMatchObject([
    { start: { session: 'begins a fresh conversation: 60k tokens, cache cold' } },
    { text: 'Reads: #4 #5 in turn 7 while it ran' },
    { text: 'Conversation dropped: a fresh one begins, because turn 7 failed: Prompt is too long' },
    { isWordless: true },
    { isWordless: false },
  ]);
});
