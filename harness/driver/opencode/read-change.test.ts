import { expect, test } from 'vitest';
import type { ToolUpdate } from '../agent-protocol/read-line.ts';
import { readChange } from './read-change.ts';
import { readTool } from './read-tool.ts';

// As OpenCode 1.18.33 wrote them.
const done = (rawOutput: object, content: ToolUpdate['content'] = []): ToolUpdate => ({
  sessionUpdate: 'tool_call_update',
  toolCallId: 'call_0',
  status: 'completed',
  rawOutput,
  content,
});
const named = (title: string): ToolUpdate => ({ sessionUpdate: 'tool_call', toolCallId: 'call_0', title });
const running = (rawInput: object): ToolUpdate => ({
  sessionUpdate: 'tool_call_update',
  toolCallId: 'call_0',
  status: 'in_progress',
  rawInput,
});

test('an edit has the diff of the whole file, not only of the piece', () => {
  const head = 'Index: /s/b.txt\n===\n--- /s/b.txt\n+++ /s/b.txt\n';
  const metadata = { diff: `${head}@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n`, filediff: { file: '/s/b.txt' } };
  expect(readChange(null, done({ output: 'Edit applied.', metadata }))).toEqual({
    path: '/s/b.txt',
    change: 'changed',
    diff: '@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n',
  });
});

test('a new file has its content; of a file that was replaced, nothing is known', () => {
  const shown = { name: 'write', ofHive: false, input: { filePath: '/s/a.txt', content: 'one\n' } };
  const wrote = (exists: boolean) => readChange(shown, done({ metadata: { filepath: '/s/a.txt', exists } }));
  expect(wrote(false)).toEqual({ path: '/s/a.txt', change: 'added', diff: '@@ -0,0 +1,1 @@\n+one\n' });
  expect(wrote(true)).toEqual({ path: '/s/a.txt', change: 'changed', diff: null });
});

test('other tools change no file', () => {
  expect(readChange(null, done({ output: '(no output)', metadata: { exit: 0 } }))).toBeNull();
  expect(readChange(null, named('bash'))).toBeNull();
});

test('the list of its tool, and the start of a subagent, are told with the call', () => {
  const todos = [{ content: 'first', status: 'completed', priority: 'high', id: '1' }];
  expect(readTool(named('todowrite'), running({ todos }))).toMatchObject({ todos: [{ text: 'first', state: 'done' }] });
  const task = { description: 'look', prompt: 'say hi', subagent_type: 'general' };
  expect(readTool(named('task'), running(task))).toMatchObject({ subagent: { name: 'general', about: 'look' } });
});
