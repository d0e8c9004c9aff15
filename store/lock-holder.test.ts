import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findLockHolder, parseLocks } from './lock-holder.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hive-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('the holder of a SQLite lock is found; none for a free or missing file', () => {
  const path = join(dir, 'hived.lock');
  expect(findLockHolder(path)).toBeNull();
  const db = new Database(path);
  db.pragma('locking_mode = EXCLUSIVE');
  db.exec('BEGIN EXCLUSIVE');
  expect(findLockHolder(path)).toBe(process.pid);
  db.close();
  expect(findLockHolder(path)).toBeNull();
});

test('a file with the same inode number on another disk, a read lock and a waiting lock do not count', () => {
  const path = join(dir, 'file');
  writeFileSync(path, '');
  const { ino } = statSync(path);
  const line = (text: string) => parseLocks(`${text}\n`, { dev: 0xfe_01, ino });
  expect(line(`1: POSIX  ADVISORY  WRITE 77 fe:01:${ino} 0 EOF`)).toBe(77);
  expect(line(`1: POSIX  ADVISORY  WRITE 77 fe:02:${ino} 0 EOF`)).toBeNull();
  expect(line(`1: POSIX  ADVISORY  READ 77 fe:01:${ino} 0 EOF`)).toBeNull();
  expect(line(`1: -> POSIX  ADVISORY  WRITE 77 fe:01:${ino} 0 EOF`)).toBeNull();
});
