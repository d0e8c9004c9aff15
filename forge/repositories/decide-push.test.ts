import { expect, test } from 'vitest';
import { decidePush } from './decide-push.ts';

const make = (ref: string) => ({ ref: `refs/heads/${ref}`, new: 'f'.repeat(40) });
const remove = (ref: string) => ({ ref: `refs/heads/${ref}`, new: null });
const decide = (refs: string[], commands: ReturnType<typeof make | typeof remove>[], maxOwnerRefs = 100) =>
  decidePush(
    { owner: 'coder', commands, refs: refs.map((ref) => `refs/heads/${ref}`) },
    { refs: refs.length },
    { maxOwnerRefs },
  );

test('a name and a name below it exclude each other, in either order, also within one push', () => {
  expect(decide(['a/b'], [make('a')])).toBe('a cannot be beside a/b: choose another name, or delete a/b first');
  expect(decide(['a'], [make('a/b/c')])).toBe('a/b/c cannot be beside a: choose another name, or delete a first');
  expect(decide([], [make('x'), make('x/y')])).toMatch(/^x\/y cannot be beside x/);
  expect(decide(['a/b'], [make('ab'), make('a/c')])).toBeNull();
});

test('a ref that the push deletes earlier does not conflict', () => {
  expect(decide(['a/b'], [remove('a/b'), make('a')])).toBeNull();
  expect(decide(['a/b', 'a/c'], [remove('a/c'), make('a')])).not.toBeNull();
  expect(decide(['a'], [remove('a'), make('a/b')])).toBeNull();
});

test('more branches than the owner may have are refused; deleting and moving never is', () => {
  expect(decide(['a', 'b'], [make('c')], 2)).toBe('coder has 2 branches and tags; it may have 2');
  expect(decide(['a', 'b', 'c'], [make('c'), remove('a')], 2)).toBeNull();
  expect(decide(['a', 'b'], [remove('a'), make('c')], 2)).toBeNull();
});
