import { expect, test } from 'vitest';
import { MOST_OWNER_RULES, ownersOf, parseOwners, refuseOwners } from './owners.ts';

const parse = (text: string) => {
  const parsed = parseOwners(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.rules;
};
const owns = (pattern: string, path: string) => ownersOf(path, parse(`${pattern} @ann`)).length > 0;

test.each([
  ['*', ['a', 'a/b', '.a/.b'], []],
  ['*.ts', ['a.ts', 'x/y/a.ts', 'a.ts/b'], ['a.tsx']],
  ['/docs/', ['docs/a', 'docs/a/b'], ['docs', 'x/docs/a']],
  ['docs/', ['docs/a', 'x/docs/a'], ['docs']],
  ['docs/*', ['docs/a'], ['docs/a/b', 'x/docs/a']],
  ['docs/**', ['docs/a', 'docs/a/b'], ['x/docs/a']],
  ['/a', ['a', 'a/b'], ['x/a', 'ab']],
  ['src/a', ['src/a', 'src/a/b'], ['x/src/a']],
  ['**/a', ['a', 'x/y/a'], ['x/ab']],
  ['a?c', ['abc', 'x/abc'], ['ac', 'a/c']],
  ['A', ['A'], ['a']],
])('%s owns %j and not %j', (pattern, inside, outside) => {
  expect(inside.filter((path) => !owns(pattern, path))).toEqual([]);
  expect(outside.filter((path) => owns(pattern, path))).toEqual([]);
});

test('the last line that matches decides; one without owners frees what it matches', () => {
  const rules = parse('# all\n* @ann\n\n/src @bob @role:judge # the code\n/src/free\n');
  expect(ownersOf('x', rules)).toEqual(['@ann']);
  expect(ownersOf('src/a', rules)).toEqual(['@bob', '@role:judge']);
  expect(ownersOf('src/free/a', rules)).toEqual([]);
});

test.each([
  ['* ann', '.hive/CODEOWNERS, line 1: "ann" is no owner: write @NAME, @operator or @role:ROLE'],
  ['* @Org/team', '.hive/CODEOWNERS, line 1: "@Org/team" is no owner: write @NAME, @operator or @role:ROLE'],
  ['\n!x @ann', '.hive/CODEOWNERS, line 2: "!x" is no pattern: use *, ** and ? alone'],
  ['[ab] @ann', '.hive/CODEOWNERS, line 1: "[ab]" is no pattern: use *, ** and ? alone'],
])('%j is not read as something else', (text, problem) => {
  expect(parseOwners(text)).toEqual({ problem });
});

test('a file has a bounded number of rules', () => {
  expect(parseOwners('* @ann\n'.repeat(MOST_OWNER_RULES + 1))).toHaveProperty('problem');
});

test('each changed path needs one of its owners, by name or by role; the operator stands for all', () => {
  const rules = parse('* @ann @bob\n/src @role:judge\n');
  const roleOf = (name: string) => (name === 'eve' ? 'judge' : 'worker');
  const refuse = (approvedBy: string[], paths = ['a', 'b', 'src/c']) =>
    refuseOwners(paths, rules, { approvedBy, roleOf });
  expect(refuse([])).toEqual([
    '"a" and 1 more need an approval of @ann or @bob, or of the operator',
    '"src/c" needs an approval of @role:judge, or of the operator',
  ]);
  expect(refuse(['bob'])).toHaveLength(1);
  expect(refuse(['bob', 'eve'])).toEqual([]);
  expect(refuse(['operator'])).toEqual([]);
  expect(
    refuse(
      ['bob'],
      Array.from({ length: 3_001 }, (_, at) => `f${at}`),
    ),
  ).toHaveLength(1);
});
