import { expect, test } from 'vitest';
import { planPublish } from './plan-publish.ts';

const refs = new Map([
  ['refs/heads/main', 'a'],
  ['refs/heads/stable', 'b'],
  ['refs/heads/work', 'c'],
  ['refs/tags/v1', 'd'],
]);
const repository = { refs, defaultBranch: 'main' };
const publish = (branches: string[], published: { ref: string; oid: string | null }[] = []) =>
  planPublish(repository, { branches }, published);

test('the default branch, named branches and tags are published, and nothing else', () => {
  expect(publish([]).publish.map(({ ref }) => ref)).toEqual(['refs/heads/main', 'refs/tags/v1']);
  expect(publish(['stable', 'none']).publish.map(({ ref }) => ref)).toEqual([
    'refs/heads/main',
    'refs/heads/stable',
    'refs/tags/v1',
  ]);
});

test('what is published as it is, is not published again; what failed is', () => {
  const published = [
    { ref: 'refs/heads/main', oid: 'a' },
    { ref: 'refs/tags/v1', oid: null },
  ];
  expect(publish([], published)).toEqual({ publish: [{ ref: 'refs/tags/v1', oid: 'd' }], gone: [] });
});

test('deleted branches and tags, and branches that are not named any more, are forgotten and stay outside', () => {
  const published = ['refs/heads/main', 'refs/heads/work', 'refs/tags/v0'].map((ref) => ({ ref, oid: 'a' }));
  expect(publish([], published)).toEqual({
    publish: [{ ref: 'refs/tags/v1', oid: 'd' }],
    gone: ['refs/heads/work', 'refs/tags/v0'],
  });
});
