import { expect, test } from 'vitest';
import { chooseDefaultBranch } from './look.ts';

const refs = (...names: string[]) => new Map(names.map((name) => [name, '1'.repeat(40)]));

test.each([
  { what: 'nothing there yet', current: 'main', present: refs(), expected: 'main' },
  { what: 'it is there', current: 'main', present: refs('refs/heads/a', 'refs/heads/main'), expected: 'main' },
  {
    what: 'a first push of master',
    current: 'main',
    present: refs('refs/heads/dev', 'refs/heads/master'),
    expected: 'master',
  },
  { what: 'only others', current: 'main', present: refs('refs/heads/topic/x'), expected: 'topic/x' },
  { what: 'tags are no branches', current: 'main', present: refs('refs/tags/main'), expected: 'main' },
])('default branch: $what', ({ current, present, expected }) => {
  expect(chooseDefaultBranch(current, present)).toBe(expected);
});
