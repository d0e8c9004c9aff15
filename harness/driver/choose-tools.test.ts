import { expect, test } from 'vitest';
import { chooseTools } from './choose-tools.ts';

const own = { byName: { Bash: ['shell'], Edit: ['replace'], Write: ['create', 'replace'] }, colliding: ['ask'] };

test.each([
  ['names that specs use', ['Bash', 'Edit'], ['shell', 'replace']],
  ['names of the CLI itself', ['shell', 'fetch'], ['shell', 'fetch']],
  ['two names for one tool', ['Edit', 'Write'], ['replace', 'create']],
  ['all tools', ['default', 'fetch'], ['shell', 'replace', 'create', 'fetch']],
  ['a tool that collides with the hive’s', ['Bash', 'ask'], ['shell']],
  ['none', [], []],
  ['a name that objects have', ['constructor'], ['constructor']],
])('%s', (_what, wanted, chosen) => {
  expect(chooseTools(wanted, own)).toEqual(chosen);
});
