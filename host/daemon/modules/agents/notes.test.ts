import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { agentNote } from '../../../../protocol/schemas/agent.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { createNotes } from './notes.ts';
import { findAgent } from './store/agents.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const scout = 'scout' as AgentName;
const told = () =>
  hive.heard.filter(({ kind }) => kind === 'agent.note').map(({ agent, data }) => ({ agent, ...data }));

test('a note is stored and recorded once, however often it is written; an empty text removes it', async () => {
  const notes = createNotes(hive);
  const write = (text: string, by: string) => notes.write(scout, { text, by });
  expect(findAgent(hive.db, scout)?.note).toBe('');
  for (const by of ['scout', 'operator'])
    expect(await write('reads the changelog', by)).toEqual({ note: 'reads the changelog' });
  expect(findAgent(hive.db, scout)?.note).toBe('reads the changelog');
  expect(findAgent(hive.db, 'coder')?.note).toBe('');
  await write('', 'operator');
  await write('', 'operator');
  expect(findAgent(hive.db, scout)?.note).toBe('');
  expect(told()).toEqual([
    { agent: scout, text: 'reads the changelog', by: 'scout' },
    { agent: scout, text: '', by: 'operator' },
  ]);
});

test('a note for an unknown agent is refused, with the existing names', async () => {
  await expect(createNotes(hive).write('scuot' as AgentName, { text: 'x', by: 'operator' })).rejects.toMatchObject({
    code: 'unknown_agent',
    message: expect.stringContaining('scout'),
  });
});

test('a note is one short line: line breaks, control characters, NUL and lone surrogates are refused', () => {
  expect(agentNote.parse('  reads 📚  ')).toBe('reads 📚');
  for (const bad of ['a\nb', 'a\u001B[2Jb', 'a\u0000b', 'a\uD83D', 'a\u2028b', 'x'.repeat(161)])
    expect(agentNote.safeParse(bad).success, JSON.stringify(bad)).toBe(false);
});
