import { expect, test } from 'vitest';
import { pullKeysChangedBy } from './pull-keys.ts';

test('an event refetches the pull requests that it concerns, each once', () => {
  const review = { kind: 'forge.pull_reviewed', data: { repo: 'web/app', number: 3 } } as const;
  expect(pullKeysChangedBy([review, review, { kind: 'forge.refused', data: { repo: 'web/app' } }])).toEqual([
    ['pulls', 'list'],
    ['pulls', 'of', 'web/app', 'one', 3],
  ]);
  expect(pullKeysChangedBy([{ kind: 'forge.pushed', data: { repo: 'web/app' } }])).toEqual([
    ['pulls', 'of', 'web/app'],
  ]);
  expect(pullKeysChangedBy([{ kind: 'turn.started', data: {} }])).toEqual([]);
});
