import { mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { writePrivate } from './write-private.ts';

async function openDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hive-private-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

test('a file is replaced in one piece, for its owner alone', async () => {
  const dir = await openDir();
  await writePrivate(join(dir, 'key'), 'old');
  await writePrivate(join(dir, 'key'), 'new');
  expect(await readFile(join(dir, 'key'), 'utf8')).toBe('new');
  expect((await stat(join(dir, 'key'))).mode & 0o777).toBe(0o600);
  expect(await readdir(dir)).toEqual(['key']);
});

test('the file and then its directory are synced: its new name is on the disk, too', async () => {
  const dir = await openDir();
  const handle = await open(dir);
  const proto = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const synced: string[] = [];
  // oxlint-disable-next-line typescript/unbound-method -- it is called on the handle below
  const { sync } = proto;
  const spy = vi.spyOn(proto, 'sync').mockImplementation(async function (this: typeof handle) {
    synced.push((await this.stat()).isDirectory() ? `directory with ${(await readdir(dir)).join()}` : 'file');
    await sync.call(this);
  });
  onTestFinished(() => spy.mockRestore());
  await writePrivate(join(dir, 'key'), 'value');
  expect(synced).toEqual(['file', 'directory with key']);
});

test('a write that fails leaves nothing', async () => {
  const dir = await openDir();
  await expect(writePrivate(join(dir, 'none', 'key'), 'value')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await readdir(dir)).toEqual([]);
});
