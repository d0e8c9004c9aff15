import { parse } from 'yaml';
import { expect, test } from 'vitest';
import type { ProjectName } from '../../../../protocol/names.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { completeSpec } from '../agents/complete-spec.ts';
import { createComposer } from './compose-files.ts';
import { sayChanges } from './follow-state.ts';

const config = parseConfig('proxy:\n  https: http://me:hunter2-word@proxy.example:3128\n', 'config.yaml');
const spec = (more: object) => completeSpec({ role: 'coder', ...more }, config);
const redact = (text: string) => text.replaceAll('tok-1234567890', '[secret DEPLOY]');
const compose = (agents: { name: string; spec: ReturnType<typeof spec> }[]) => {
  const declared = agents.map((agent) => ({ parent: 'manager', desired: 'running', ...agent }));
  const files = createComposer(redact)({
    agents: declared,
    projects: [{ name: 'web', description: 'the shop' }],
    config,
  });
  return new Map(files.map(({ path, text }) => [path, text]));
};

test('agents, projects with their members and the settings are files that can be read again', () => {
  const projects = { ['web' as ProjectName]: 'write' } as never;
  const files = compose([
    { name: 'coder', spec: spec({ prompt: 'Write: code.\n', projects }) },
    { name: 'scout', spec: spec({}) },
  ]);
  expect([...files.keys()]).toEqual([
    'README.md',
    'config.yaml',
    'projects.yaml',
    'agents/coder/spec.yaml',
    'agents/coder/prompt.md',
    'agents/scout/spec.yaml',
  ]);
  expect(parse(files.get('agents/coder/spec.yaml') ?? '')).toMatchObject({
    name: 'coder',
    parent: 'manager',
    desired: 'running',
    role: 'coder',
    projects: { web: 'write' },
  });
  expect(files.get('agents/coder/prompt.md')).toBe('Write: code.\n');
  expect(parse(files.get('projects.yaml') ?? '')).toEqual({
    projects: [{ name: 'web', description: 'the shop', members: { coder: 'write' } }],
  });
  expect(parse(files.get('config.yaml') ?? '')).toMatchObject({ forge: { keep_config: true } });
});

/**
 * Vulnerability: what is declared may hold values of secrets, and whoever may read the repository would have them.
 * Verified: a value that the hive knows is its name, and a password in an address is nowhere.
 */
test('a spec with a secret has its name only, and an address has no password', () => {
  const files = compose([
    { name: 'coder', spec: spec({ driver: 'script', command: ['run', '--token=tok-1234567890'], prompt: 'Use tok-1234567890.' }) }, // prettier-ignore
  ]);
  const all = [...files.values()].join('\n');
  expect(all).not.toContain('tok-1234567890');
  expect(all).not.toContain('hunter2-word');
  expect(files.get('agents/coder/prompt.md')).toBe('Use [secret DEPLOY].\n');
  expect(files.get('agents/coder/spec.yaml')).toContain('--token=[secret DEPLOY]');
  expect(files.get('config.yaml')).toContain('http://proxy.example:3128');
});

test('a commit says what changed, by whoever did it', () => {
  const change = (sentence: string, by: string) => ({ sentence, by });
  expect(sayChanges([change('coder changed: prompt, by hivectl', 'hivectl')])).toEqual({
    message: 'coder changed: prompt, by hivectl',
    author: 'hivectl',
  });
  expect(sayChanges([change('a', 'hivectl'), change('b', 'dashboard')])).toEqual({ message: 'a\n\nb', author: 'hive' });
  expect(sayChanges([])).toEqual({ message: 'The declared state as it is now', author: 'hive' });
});

test('a spec is written once, however often the files are made', () => {
  let reads = 0;
  const counted = Object.defineProperty({ ...spec({}) }, 'image', {
    enumerable: true,
    get() {
      reads += 1;
      return 'an-image';
    },
  });
  const composing = createComposer(redact);
  const state = { agents: [{ name: 'coder', parent: null, desired: 'running', spec: counted }], projects: [], config };
  const first = composing(state);
  expect(composing(state)).toEqual(first);
  expect(reads).toBe(1);
  expect(composing({ ...state, agents: [{ ...state.agents[0]!, desired: 'stopped' }] })).not.toEqual(first);
});
