import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { finishRestore } from './finish-restore.ts';

let dir: string;
const restoring = () => join(dir, 'restoring');
const read = (...names: string[]) => readFileSync(join(dir, ...names), 'utf8');
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'finish-restore-'));
  for (const [place, text] of [
    ['', 'old'],
    ['restoring', 'new'],
  ] as const) {
    mkdirSync(join(dir, place, 'repositories'), { recursive: true });
    writeFileSync(join(dir, place, 'repositories', 'which'), text);
    writeFileSync(join(dir, place, 'forge.db'), text);
  }
  writeFileSync(join(dir, 'forge.db-wal'), 'old');
  writeFileSync(join(restoring(), 'complete.json'), JSON.stringify({ before: 'before-restore-20270101' }));
});
afterEach(() => rmSync(dir, { recursive: true }));

test.each([0, 1, 2, 3, 4, 5])(
  'killed after %i moves, the next start goes on: all of the new, all of the old aside',
  (moves) => {
    let done = 0;
    const killed = (from: string, to: string) => {
      if (done === moves) throw new Error('killed');
      done += 1;
      renameSync(from, to);
    };
    try {
      finishRestore({ dir, restoring: restoring() }, killed);
    } catch (error) {
      expect((error as Error).message).toBe('killed');
    }
    finishRestore({ dir, restoring: restoring() });
    expect([read('forge.db'), read('repositories', 'which')]).toEqual(['new', 'new']);
    const aside = 'before-restore-20270101';
    expect([read(aside, 'forge.db'), read(aside, 'forge.db-wal'), read(aside, 'repositories', 'which')]).toEqual([
      'old',
      'old',
      'old',
    ]);
    expect(readdirSync(dir).toSorted()).toEqual([aside, 'forge.db', 'repositories']);
    expect(finishRestore({ dir, restoring: restoring() }), 'there is nothing more to do').toBeNull();
  },
);

test('one that is not complete changes nothing', () => {
  rmSync(join(restoring(), 'complete.json'));
  expect(finishRestore({ dir, restoring: restoring() })).toBeNull();
  expect([read('forge.db'), read('repositories', 'which')]).toEqual(['old', 'old']);
});
