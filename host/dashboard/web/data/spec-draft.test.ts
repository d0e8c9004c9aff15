import { expect, test } from 'vitest';
import { agentSpec } from '../../../../protocol/schemas/agent.ts';
import { changesOf, differingLines, draftOf, dropSaved, readChanges } from './spec-draft.ts';

const SPEC = agentSpec.parse({
  role: 'scout',
  driver: 'claude',
  model: 'sonnet',
  image: 'base',
  tools: ['Bash', 'Read'],
  prompt: 'Look.',
  limits: { memoryMb: 2048, cpus: 1.5, pids: 512, tmpMb: 256, diskMb: 0, diskFiles: 0 },
  turnTimeoutMs: 90_000,
});
const BEFORE = draftOf(SPEC);

test('a field with the same value in another spelling is no change', () => {
  expect(changesOf(BEFORE, { ...BEFORE, tools: ' Bash Read', prompt: 'Look.\n', role: ' scout ' })).toEqual([]);
});

test('what was typed while a save was under way is kept', () => {
  expect(dropSaved({ prompt: 'One.', 'limits.pids': '300' }, { prompt: 'One.' })).toEqual({ 'limits.pids': '300' });
  expect(dropSaved({ prompt: 'One. Two.' }, { prompt: 'One.' })).toEqual({ prompt: 'One. Two.' });
});

test('only changed fields are sent, converted for hived, and each has the time of its effect', () => {
  const changes = changesOf(BEFORE, {
    ...BEFORE,
    prompt: 'Look twice.',
    'limits.cpus': '2',
    turnTimeoutMs: '30',
    tools: '',
    unknownHosts: 'refuse',
    wakeFor: 'disk rebuild',
  });
  expect(changes.map(({ field, effect }) => [field, effect])).toEqual([
    ['prompt', 'next_turn'],
    ['limits.cpus', 'next_box'],
    ['turnTimeoutMs', 'next_turn'],
    ['tools', 'next_turn'],
    ['unknownHosts', 'at_once'],
    ['wakeFor', 'at_once'],
  ]);
  expect(readChanges(changes)).toEqual({
    spec: {
      prompt: 'Look twice.',
      limits: { cpus: 2 },
      turnTimeoutMs: 1_800_000,
      tools: [],
      unknownHosts: 'refuse',
      wakeFor: ['rebuild', 'disk'],
    },
    problems: {},
  });
});

test('a change of projects joins what is new, and leaves what is no longer there', () => {
  const before = draftOf(agentSpec.parse({ ...SPEC, projects: { web: 'write', docs: 'read' } }));
  expect(before.projects).toBe('docs=read, web=write');
  expect(changesOf(before, { ...before, projects: 'web=write docs=read' })).toEqual([]);
  const read = (projects: string) => readChanges(changesOf(before, { ...before, projects }));
  expect(read('web=merge, api=review').spec).toEqual({ projects: { docs: 'none', web: 'merge', api: 'review' } });
  expect(read('').spec).toEqual({ projects: { docs: 'none', web: 'none' } });
  expect(read('web=admin').problems.projects).toContain('web=write');
});

test('invalid values are reported by field', () => {
  const draft = {
    ...BEFORE,
    'limits.memoryMb': '12',
    turnTimeoutMs: 'long',
    model: ' ',
    prompt: 'x'.repeat(20_001),
    wakeFor: 'mail',
  };
  const { problems } = readChanges(changesOf(BEFORE, draft));
  expect(problems).toEqual({
    'limits.memoryMb': 'It is from 256 to 1048576, not "12".',
    turnTimeoutMs: expect.stringContaining('not "long"'),
    model: 'Model must not be empty.',
    prompt: expect.stringContaining('20001 characters'),
    wakeFor: expect.stringContaining('rebuild, given_up,'),
  });
});

test('the difference of two prompts has only the lines that differ', () => {
  expect(differingLines('a\nb\nc', 'a\nx\ny\nc')).toEqual({ removed: ['b'], added: ['x', 'y'] });
  expect(differingLines('', 'new')).toEqual({ removed: [], added: ['new'] });
  expect(differingLines('a\na', 'a')).toEqual({ removed: ['a'], added: [] });
});
