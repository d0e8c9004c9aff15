import { expect, test } from 'vitest';
import { readRemote } from './read-remote.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

test('branches and tags, without peeled tags, other refs, and names that nobody may push', () => {
  const text = [
    'ref: refs/heads/trunk\tHEAD',
    `${A}\tHEAD`,
    `${A}\trefs/heads/trunk`,
    `${B}\trefs/heads/-x`,
    `${B}\trefs/heads/a\ufffdb`,
    `${A}\trefs/pull/1/head`,
    `${B}\trefs/tags/v1`,
    `${A}\trefs/tags/v1^{}`,
    'warning: something else',
    '',
  ].join('\n');
  expect(readRemote(text)).toEqual({
    refs: new Map([
      ['refs/heads/trunk', A],
      ['refs/tags/v1', B],
    ]),
    defaultBranch: 'trunk',
    leftOut: 2,
  });
});

test('a default branch that is not there is none', () => {
  expect(readRemote(`ref: refs/heads/gone\tHEAD\n${A}\trefs/heads/main\n`).defaultBranch).toBeNull();
  expect(readRemote('')).toEqual({ refs: new Map(), defaultBranch: null, leftOut: 0 });
});
