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

const MIB = 1024 * 1024;

test('it is allocated on disk and released a portion at a time; a missing part is allocated again', async () => {
  const path = join(dir, 'reserve');
  const reserve = openReserve(path, 3 * MIB);
  expect(reserve.giveUp()).toBe(false);
  await Promise.all([reserve.make(), reserve.make()]);
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(3 * MIB);
  expect(reserve.kept()).toBe(3 * MIB);
  expect([reserve.giveUp(), reserve.kept()]).toEqual([true, 2 * MIB]);
  expect([reserve.giveUp(), reserve.giveUp(), reserve.giveUp()]).toEqual([true, true, false]);
  expect([reserve.kept(), statSync(path).blocks]).toEqual([0, 0]);
  await reserve.make();
  expect(reserve.giveUp()).toBe(true);
  await reserve.make();
  expect(reserve.kept()).toBe(3 * MIB);
});

// Vulnerability: the process that fills the disk takes the space that one essential write had freed, and the next one
// finds none.
test('one essential write takes a sixteenth of a large reserve', async () => {
  const reserve = openReserve(join(dir, 'reserve'), 32 * MIB);
  await reserve.make();
  reserve.giveUp();
  expect(reserve.kept()).toBe(30 * MIB);
});

test('a sparse file does not count as a reserve', async () => {
  const path = join(dir, 'reserve');
  writeFileSync(path, '');
  truncateSync(path, 3 * MIB);
  const reserve = openReserve(path, 3 * MIB);
  expect(reserve.kept()).toBe(0);
  await reserve.make();
  expect(reserve.kept()).toBe(3 * MIB);
});

test('a reserve that somebody else deleted is missed and made again', async () => {
  const path = join(dir, 'reserve');
  const reserve = openReserve(path, 3 * MIB);
  await reserve.make();
  rmSync(path);
  await reserve.check();
  expect(reserve.kept()).toBe(0);
  await reserve.make();
  rmSync(path);
  expect([reserve.giveUp(), reserve.kept()]).toEqual([false, 0]);
});
