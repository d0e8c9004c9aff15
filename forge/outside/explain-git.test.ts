import { expect, test } from 'vitest';
import { explainGit, type GitEnd } from './explain-git.ts';
import { needsOperator } from './trouble.ts';

const end = (more: Partial<GitEnd>): GitEnd => ({
  url: 'https://github.com/o/r',
  stderr: '',
  refusal: null,
  isFull: false,
  maxBytes: 8 * 1024 * 1024,
  isLate: false,
  ...more,
});

test.each([
  [{ refusal: { code: 'not_allowed', words: 'not so' } }, 'refused', 'not so'],
  [{ refusal: { code: 'unreachable', words: 'no answer' } }, 'other', 'no answer'],
  [{ isFull: true }, 'too_large', 'more than 8 MiB'],
  [{ isLate: true }, 'slow', 'too long'],
  [
    { stderr: "fatal: could not read Username for 'http://github.com'" },
    'credentials',
    'egress inject hive github.com',
  ],
  [{ stderr: 'fatal: Authentication failed for x' }, 'credentials', 'egress inject hive github.com'],
  [{ stderr: "fatal: repository 'https://github.com/o/r/' not found" }, 'not_found', 'no repository'],
  [{ stderr: 'The requested URL returned error: 301' }, 'redirected', 'name that address'],
  [{ stderr: 'error: object 1: hasDotgit: contains .git\nfatal: fsck error in packed object' }, 'content', 'hasDotgit'],
  [{ stderr: 'Receiving objects:  10% (1/10)\rfatal: early \u001b[31mEOF\n' }, 'other', 'fatal: early  [31mEOF'],
  [{}, 'other', 'no reason'],
] as const)('%j is %s', (more, kind, words) => {
  const trouble = explainGit(end(more));
  expect(trouble.kind).toBe(kind);
  expect(trouble.words).toContain(words);
  expect(trouble.words).not.toMatch(/Receiving/);
});

test('the operator is needed for what does not pass by itself', () => {
  expect((['refused', 'credentials', 'slow', 'other'] as const).map((kind) => needsOperator({ kind }))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
