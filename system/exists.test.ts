import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exists } from './exists.ts';

test('files, directories and symlinks with a target exist', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'exists-'));
  try {
    const file = join(dir, 'file');
    await writeFile(file, '');
    await symlink(file, join(dir, 'link'));
    await symlink(join(dir, 'nothing'), join(dir, 'dangling'));
    const paths = [dir, file, join(dir, 'link'), join(dir, 'dangling'), join(dir, 'nothing'), join(file, 'below')];
    expect(await Promise.all(paths.map(exists))).toEqual([true, true, true, false, false, false]);
  } finally {
    await rm(dir, { recursive: true });
  }
});
