import { expect, test } from 'vitest';
import type { PatchFile } from './read-patch.ts';
import { changeMark, markOf } from './viewed-files.ts';

const file = (version: string | null) => ({ name: 'a', movedFrom: null, version }) as PatchFile;

test('a mark is of one version of a file in one pull request; the oldest marks go', () => {
  const mark = markOf('/forge/web/app/pulls/1', file('1..2 100644'));
  expect(markOf('/forge/web/app/pulls/1', file('1..3 100644'))).not.toBe(mark);
  expect(markOf('/forge/web/app/pulls/2', file('1..2 100644'))).not.toBe(mark);
  expect(changeMark(changeMark(['x'], mark, true), mark, true)).toEqual(['x', mark]);
  expect(changeMark(['x', mark], mark, false)).toEqual(['x']);
  const many = Array.from({ length: 1_000 }, (_, at) => `${at}`);
  expect(changeMark(many, mark, true)).toHaveLength(1_000);
  expect(changeMark(many, mark, true)[0]).toBe('1');
});
