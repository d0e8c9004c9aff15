import { expect, test } from 'vitest';
import { joinSkills, type ReadHead, readSkills } from './skills.ts';

const read = (head: ReturnType<ReadHead>, name = 'greeting') => readSkills([{ name, text: 'a text' }], () => head);

test.each([
  ['a description', { name: 'greeting', description: 'How to greet.' }],
  ['a description of several lines', { description: ' How to\n\n  greet.\n' }],
  ['fields that are for others', { description: 'How to greet.', metadata: { description: 'another' } }],
])('a skill with %s is offered, on one line', (_, value) => {
  expect(read({ value })).toEqual({ offered: [{ name: 'greeting', description: 'How to greet.' }], skipped: [] });
});

const LONG = { description: 'x'.repeat(1_025) };

test.each<[string, ReturnType<ReadHead>, RegExp]>([
  ['no head', null, /no head/],
  ['a head that cannot be read', { why: 'is not valid YAML' }, /^the head of SKILL\.md is not valid YAML$/],
  ['no description', { value: { name: 'greeting' } }, /no text as its description/],
  ['an empty description', { value: { description: ' ' } }, /no text as its description/],
  ['a list as description', { value: { description: ['How'] } }, /no text as its description/],
  ['a head that is no map', { value: 'How.' }, /no text as its description/],
  ['a long description', { value: LONG }, /longer than 1024/],
])('%s is skipped, and why is said', (_, head, why) => {
  expect(read(head)).toEqual({ offered: [], skipped: [{ name: 'greeting', why: expect.stringMatching(why) }] });
});

test('a directory with an odd name, and a file that cannot be read, are skipped', () => {
  const head = { value: { description: 'How.' } };
  expect(read(head, 'My Skill').skipped[0]?.why).toMatch(/small letters/);
  const { skipped } = readSkills([{ name: 'greeting', text: null }], () => head);
  expect(skipped).toEqual([{ name: 'greeting', why: expect.stringMatching(/cannot be read/) }]);
});

test("of two skills with one name the operator's is offered, and the bound counts both", () => {
  const skill = (name: string, description = name) => ({ name, description });
  const joined = joinSkills({
    operator: { offered: [skill('a', 'own'), skill('b')], skipped: [{ name: 'x', why: 'odd' }] },
    docs: { offered: [skill('a', 'theirs'), skill('c')], skipped: [{ name: 'y', why: 'odd' }] },
  });
  expect(joined.offered.map(({ name, description, from }) => `${from} ${name} ${description}`)).toEqual([
    'operator a own',
    'operator b b',
    'docs c c',
  ]);
  expect(joined.skipped).toEqual([
    { name: 'x', from: 'operator', why: 'odd' },
    { name: 'y', from: 'docs', why: 'odd' },
    { name: 'a', from: 'docs', why: "the operator's skill of that name counts" },
  ]);
  const many = (of: string, count: number) => Array.from({ length: count }, (_, n) => skill(`${of}${n}`));
  const full = joinSkills({
    operator: { offered: many('a', 99), skipped: [] },
    docs: { offered: many('b', 3), skipped: [] },
  });
  expect([full.offered.length, full.skipped.map(({ name }) => name)]).toEqual([100, ['b1', 'b2']]);
});
