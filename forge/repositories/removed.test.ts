import { expect, test } from 'vitest';
import type { RepoName } from '../../protocol/names.ts';
import { parseRemovedName, removedName } from './removed.ts';

test('the name of a kept directory contains the repository’s name and the time of removal', () => {
  const removed = { owner: 'shared' as const, name: 'a.b-c_d' as RepoName, at: Date.parse('2026-02-28T23:59:58.007Z') };
  expect(removedName(removed)).toBe('shared.a.b-c_d.20260228T235958-007Z.git');
  expect(parseRemovedName(removedName(removed))).toEqual(removed);
});

test.each([
  'app.git',
  'coder.app.git',
  'coder.app.20269999T000000-000Z.git',
  'Coder.app.20260101T000000-000Z.git',
  '..',
])('%s is nothing that a removal named', (entry) => {
  expect(parseRemovedName(entry)).toBeNull();
});
