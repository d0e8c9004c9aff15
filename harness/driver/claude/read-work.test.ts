import { expect, test } from 'vitest';
import type { Emit } from '../../spool/spool.ts';
import { mailOf } from '../../testing/mail-of.ts';
import { createTranscript } from '../transcript.ts';
import { parseClaudeLine } from './parse-line.ts';
import { createTurnReader } from './read-turn.ts';

/** Reads lines of the CLI in a turn; returns the events. */
function read(...lines: object[]): { kind: string; data: unknown }[] {
  const events: { kind: string; data: unknown }[] = [];
  const emit: Emit = (kind, data) => void events.push({ kind, data });
  const reader = createTurnReader({ takeFetched: () => [], now: () => 1 }, createTranscript(7, { emit, now: () => 1 }));
  reader.expect('u', { text: 'hello', messages: [mailOf(1)] });
  for (const line of lines) {
    const parsed = parseClaudeLine(JSON.stringify(line));
    if (parsed === null) throw new Error('the line was not understood');
    reader.read(parsed);
  }
  return events;
}

const assistant = (block: object, more: object = {}) => ({
  type: 'assistant',
  message: { id: 'm', model: 'claude-sonnet-4-5', content: [block] },
  parent_tool_use_id: null,
  ...more,
});
const result = (content: unknown, record: object) => ({
  type: 'user',
  message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content }] },
  parent_tool_use_id: null,
  tool_use_result: record,
});
const change = { turn: 7, id: 't1', path: '/s/a.txt', movedTo: null, truncated: false };

// The lines are those of Claude Code 2.1.197, shortened.

test('a new file and an edited one are diffs, before the result of their call', () => {
  const created = {
    type: 'create',
    filePath: '/s/a.txt',
    content: 'one\ntwo\n',
    structuredPatch: [],
    originalFile: null,
  };
  expect(read(result('File created successfully', created))).toMatchObject([
    {
      kind: 'turn.file_change',
      data: { ...change, change: 'added', added: 2, removed: 0, diff: '@@ -0,0 +1,2 @@\n+one\n+two\n' },
    },
    { kind: 'turn.tool_result' },
  ]);
  const hunk = { oldStart: 1, oldLines: 3, newStart: 1, newLines: 3, lines: [' one', '-two', '+2', ' three'] };
  const edited = { filePath: '/s/a.txt', oldString: 'two', newString: '2', structuredPatch: [hunk] };
  expect(read(result('updated', { ...edited, originalFile: 'one\ntwo\nthree\n' }))[0]).toMatchObject({
    data: { ...change, change: 'changed', added: 1, removed: 1, diff: '@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n' },
  });
});

test('a long diff is cut between its lines', () => {
  const content = `${'x'.repeat(99)}\n`.repeat(300);
  const created = { filePath: '/s/a.txt', content, structuredPatch: [], originalFile: null };
  const [{ data } = { data: {} }] = read(result('File created', created));
  expect(data).toMatchObject({ added: 300, truncated: true, diff: expect.stringMatching(/^.{0,9000}x\n$/s) });
});

test('records of other tools change no file', () => {
  const kinds = read(result('ok', { stdout: 'x', stderr: '', interrupted: false })).map(({ kind }) => kind);
  expect(kinds).toEqual(['turn.tool_result']);
});

test('a picture is named with its size', () => {
  const source = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' };
  expect(read(result([{ type: 'image', source }], { type: 'image' }))[0]).toEqual({
    kind: 'turn.image',
    data: { turn: 7, id: 't1', path: null, mediaType: 'image/png', bytes: 8 },
  });
});

test('a list and a plan are told with the call that has them', () => {
  const todos = [{ content: 'first', status: 'in_progress', activeForm: 'doing first' }];
  const called = (name: string, input: object) =>
    read(assistant({ type: 'tool_use', id: 't1', name, input })).map(({ kind }) => kind);
  expect(called('TodoWrite', { todos })).toEqual(['turn.tool_call', 'turn.todos']);
  expect(called('ExitPlanMode', { plan: '# Plan' })).toEqual(['turn.tool_call', 'turn.plan']);
});

test('a subagent begins and ends; what it says is not the turn’s text', () => {
  const task = { type: 'system', task_id: 'a7', tool_use_id: 't1' };
  const started = { ...task, subtype: 'task_started', description: 'look around', subagent_type: 'general-purpose' };
  const usage = { total_tokens: 4_938, tool_uses: 0, duration_ms: 45 };
  const over = { ...task, subtype: 'task_notification', status: 'completed', summary: 'look around', usage };
  const said = assistant({ type: 'text', text: 'hi' }, { parent_tool_use_id: 't1' });
  const background = { ...task, task_id: 'b1', subtype: 'task_notification', status: 'completed' };
  const about = { turn: 7, id: 't1', name: 'general-purpose', about: 'look around' };
  expect(read(started, said, over, background)).toEqual([
    { kind: 'turn.subagent', data: { ...about, step: 'started', durationMs: null } },
    { kind: 'turn.text', data: { turn: 7, text: 'hi', truncated: false, within: 't1' } },
    { kind: 'turn.subagent', data: { ...about, step: 'done', durationMs: 45 } },
  ]);
});

test('a compaction has its sizes; an error that the CLI puts into the conversation is no text of the model', () => {
  const boundary = { type: 'system', subtype: 'compact_boundary' };
  expect(read({ ...boundary, compact_metadata: { trigger: 'auto', pre_tokens: 190_000 } }, boundary)).toEqual([
    { kind: 'turn.compaction', data: { turn: 7, by: 'cli', tokensBefore: 190_000, tokensAfter: null } },
    { kind: 'turn.compaction', data: { turn: 7, by: null, tokensBefore: null, tokensAfter: null } },
  ]);
  const text = 'API Error: 529 overloaded';
  const message = { model: '<synthetic>', content: [{ type: 'text', text }] };
  expect(read({ type: 'assistant', message, error: 'server_error' })).toEqual([
    { kind: 'turn.error', data: { turn: 7, text, truncated: false } },
  ]);
});
