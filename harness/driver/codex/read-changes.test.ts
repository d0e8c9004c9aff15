import { expect, test } from 'vitest';
import { readChanges } from './read-changes.ts';

// As Codex 0.169.0 wrote them.
test.each([
  [
    { path: '/s/b.txt', kind: { type: 'update', move_path: null }, diff: '@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n' },
    { path: '/s/b.txt', change: 'changed', diff: '@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n' },
  ],
  [
    { path: '/s/n.txt', kind: { type: 'add' }, diff: 'hello\nyou\n' },
    { path: '/s/n.txt', change: 'added', diff: '@@ -0,0 +1,2 @@\n+hello\n+you\n' },
  ],
  [
    { path: '/s/e.txt', kind: { type: 'delete' }, diff: 'one\n' },
    { path: '/s/e.txt', change: 'deleted', diff: '@@ -1,1 +0,0 @@\n-one\n' },
  ],
  [
    {
      path: '/s/c.txt',
      kind: { type: 'update', move_path: '/s/d.txt' },
      diff: '@@ -1,1 +1,1 @@\n-two\n+2\n\n\nMoved to: /s/d.txt',
    },
    { path: '/s/c.txt', change: 'moved', movedTo: '/s/d.txt', diff: '@@ -1,1 +1,1 @@\n-two\n+2\n' },
  ],
])('a change of a file: %o', (given, change) => {
  expect(readChanges([given, { path: 'of another shape' }])).toEqual([change]);
});
