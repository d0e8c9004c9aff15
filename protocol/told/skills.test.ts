import { expect, test } from 'vitest';
import { readSkills } from './skills.ts';

const skill = (head: string) => readSkills([{ name: 'greeting', text: `---\n${head}\n---\nSay hello.\n` }]);
const description = (head: string) => skill(head).offered[0]?.description;

test.each([
  ['name: greeting\ndescription: How to greet.', 'How to greet.'],
  ['description: How to greet: politely # always\nname: greeting', 'How to greet: politely # always'],
  ['description: "How to \\"greet\\"."', 'How to "greet".'],
  ["description: 'How it''s done.'\nlicense: MIT", "How it's done."],
  ['description: >-\n  How to\n  greet.\nname: greeting', 'How to greet.'],
  ['description: How to\n  greet.\nmetadata:\n  description: another', 'How to greet.'],
  ['description: |\n  How to\n\n  greet.', 'How to greet.'],
])('the head %j', (head, expected) => {
  expect(description(head)).toBe(expected);
});

test('a head with Windows line ends, or after a byte order mark', () => {
  const text = '\uFEFF---\r\nname: a\r\ndescription: How.\r\n---\r\ntext';
  expect(readSkills([{ name: 'a', text }]).offered).toEqual([{ name: 'a', description: 'How.' }]);
});

const head = (lines: string) => `---\n${lines}\n---\n`;

test.each([
  { what: 'no head', text: 'description: How.', why: /no head/ },
  { what: 'an open head', text: '---\ndescription: How.', why: /no head/ },
  { what: 'no description', text: head('name: greeting'), why: /no head/ },
  { what: 'an empty description', text: head('description:'), why: /no head/ },
  { what: 'a long description', text: head(`description: ${'x'.repeat(1_025)}`), why: /longer than 1024/ },
  { what: 'an unreadable file', text: null, why: /cannot be read/ },
  { what: 'an odd name', name: 'My Skill', text: head('description: How.'), why: /small letters/ },
])('$what is skipped, and why is said', ({ name = 'greeting', text, why }) => {
  expect(readSkills([{ name, text }])).toEqual({ offered: [], skipped: [{ name, why: expect.stringMatching(why) }] });
});
