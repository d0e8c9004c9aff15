import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openReserve } from './reserve.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hive-reserve-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('it is allocated on disk, released once, and allocated again', async () => {
  const path = join(dir, 'reserve');
  const reserve = openReserve(path, 3 * 1024 * 1024);
  expect(reserve.giveUp()).toBe(false);
  await Promise.all([reserve.make(), reserve.make()]);
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(3 * 1024 * 1024);
  expect(reserve.kept()).toBe(3 * 1024 * 1024);
  expect(reserve.giveUp()).toBe(true);
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  expect([reserve.kept(), reserve.giveUp()]).toEqual([0, false]);
  await reserve.make();
  expect(reserve.kept()).toBe(3 * 1024 * 1024);
});

test('a sparse file is no reserve', async () => {
  const path = join(dir, 'reserve');
  writeFileSync(path, '');
  truncateSync(path, 3 * 1024 * 1024);
  const reserve = openReserve(path, 3 * 1024 * 1024);
  expect(reserve.kept()).toBe(0);
  await reserve.make();
  expect(reserve.kept()).toBe(3 * 1024 * 1024);
});
