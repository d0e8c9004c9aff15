import { expect, test } from 'vitest';
import type { Emit } from '../../spool/spool.ts';
import { createTranscript } from '../transcript.ts';
import { PLAIN } from './dialect.ts';
import { readAcpLine } from './read-line.ts';
import { showUpdates } from './show-updates.ts';

function show(...updates: object[]): { kind: string; data: unknown }[] {
  const events: { kind: string; data: unknown }[] = [];
  const emit: Emit = (kind, data) => void events.push({ kind, data });
  const shown = showUpdates(createTranscript(7, { emit, now: () => 1 }), PLAIN);
  for (const update of updates) {
    const line = JSON.stringify({ jsonrpc: '2.0', method: 'session/update', params: { sessionId: 's', update } });
    const read = readAcpLine(line)?.update ?? null;
    if (read === null) throw new Error('the update was not understood');
    shown.add(read);
  }
  return events;
}

const call = { sessionUpdate: 'tool_call', toolCallId: 't1', title: 'edit', status: 'in_progress', rawInput: {} };
const ended = (status: string, content: object[]) => ({ ...call, sessionUpdate: 'tool_call_update', status, content });

test('texts before and after become a diff; a call that failed changed nothing', () => {
  const diff = {
    type: 'diff',
    path: '/s/b.txt',
    oldText: 'one\ntwo\n',
    newText: 'one\n2\n',
    _meta: { kind: 'modify' },
  };
  const [, change] = show(call, ended('completed', [diff]));
  expect(change).toEqual({
    kind: 'turn.file_change',
    data: {
      turn: 7,
      id: 't1',
      path: '/s/b.txt',
      change: 'changed',
      movedTo: null,
      added: 1,
      removed: 1,
      diff: '@@ -1,2 +1,2 @@\n one\n-two\n+2\n',
      truncated: false,
    },
  });
  const kinds = show(call, ended('failed', [diff])).map(({ kind }) => kind);
  expect(kinds).toEqual(['turn.tool_call', 'turn.tool_result']);
});

test('pictures are named, and a plan is the list of what is to be done', () => {
  const image = { type: 'content', content: { type: 'image', mimeType: 'image/png', data: 'iVBORw0KGgo=' } };
  expect(show(call, ended('completed', [image]))[1]).toEqual({
    kind: 'turn.image',
    data: { turn: 7, id: 't1', path: null, mediaType: 'image/png', bytes: 8 },
  });
  const entries = [{ content: 'first', priority: 'high', status: 'completed' }];
  expect(show({ sessionUpdate: 'plan', entries })).toEqual([
    { kind: 'turn.todos', data: { turn: 7, id: null, items: [{ text: 'first', state: 'done' }], truncated: false } },
  ]);
});
