import { expect, test } from 'vitest';
import { parseForkHead, sayForkHead } from './pull-heads.ts';

test.each(['main', 'fix/a', 'coder/app', ':', 'a:b', 'coder/app:', 'coder/app/more:x', '../app:x', 'coder/..:x'])(
  '"%s" is no branch of a fork',
  (head) => expect(parseForkHead(head)).toBeNull(),
);

test('a branch of a fork names the repository and the branch, which may have slashes', () => {
  const head = parseForkHead('coder/app:fix/a');
  expect(head).toEqual({ owner: 'coder', name: 'app', branch: 'fix/a' });
  expect(sayForkHead(head!)).toBe('coder/app:fix/a');
});
