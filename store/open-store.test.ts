import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from './open-store.ts';

const MIGRATIONS = [{ version: 1, name: 'init', sql: 'CREATE TABLE one (x INTEGER) STRICT' }];
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hive-store-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const bytesOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => !name.endsWith('-shm'))
    .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]);

function writeNewer(path: string): Database.Database {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE later (x)');
  db.pragma('user_version = 7');
  return db;
}

test('a new store gets its schema, and opens again', () => {
  const path = join(dir, 'hive.db');
  openStore(path, MIGRATIONS).close();
  const db = openStore(path, MIGRATIONS);
  expect(db.pragma('user_version', { simple: true })).toBe(1);
  db.close();
});

test('a database of a newer version is not changed, and no WAL appears beside it', () => {
  const path = join(dir, 'hive.db');
  writeNewer(path).close();
  const before = bytesOf(dir);
  expect(() => openStore(path, MIGRATIONS)).toThrow(expect.objectContaining({ code: 'newer_database' }));
  expect(readdirSync(dir)).toEqual(['hive.db']);
  expect(bytesOf(dir)).toEqual(before);
});

test('nor is one whose hive was killed, with the newer version only in its WAL', () => {
  const alive = mkdtempSync(join(tmpdir(), 'hive-store-'));
  const db = writeNewer(join(alive, 'hive.db'));
  cpSync(alive, dir, { recursive: true });
  db.close();
  rmSync(alive, { recursive: true });
  const before = bytesOf(dir);
  expect(before.map(([name]) => name)).toEqual(['hive.db', 'hive.db-wal']);
  expect(() => openStore(join(dir, 'hive.db'), MIGRATIONS)).toThrow(
    expect.objectContaining({ code: 'newer_database' }),
  );
  expect(bytesOf(dir)).toEqual(before);
});

test('a file that is no database is refused and not changed', () => {
  const path = join(dir, 'hive.db');
  writeFileSync(path, 'my notes\n'.repeat(100));
  const before = bytesOf(dir);
  expect(() => openStore(path, MIGRATIONS)).toThrow(expect.objectContaining({ code: 'foreign_root' }));
  expect(bytesOf(dir)).toEqual(before);
});
