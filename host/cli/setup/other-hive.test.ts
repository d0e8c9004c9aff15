import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findLockHolder } from '../../../store/lock-holder.ts';
import { refuseSecondHive } from './other-hive.ts';

let home: string;
let locks: Database.Database[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hive-other-'));
  for (const name of ['root', 'run', 'elsewhere']) mkdirSync(join(home, name));
  locks = [];
});
afterEach(() => {
  for (const lock of locks) lock.close();
  rmSync(home, { recursive: true });
});

/** This process holds a directory as hived does. */
function lock(name: string): void {
  const db = new Database(join(home, name, 'hived.lock'));
  locks.push(db);
  db.pragma('locking_mode = EXCLUSIVE');
  db.exec('BEGIN EXCLUSIVE');
  expect(findLockHolder(join(home, name, 'hived.lock'))).toBe(process.pid);
}
const refuse = (answering: { pid: number; root?: string } | null, root = 'root') =>
  refuseSecondHive({ root: join(home, root), run: join(home, 'run'), logFile: '/log' }, answering);
const running = (message: RegExp) =>
  expect.objectContaining({ code: 'hive_running', message: expect.stringMatching(message) as string }) as Error;

// Nobody holds the lock of `root` here: on btrfs and some overlays its holder cannot be seen, while that of a tmpfs can.
test('the hive of this root is no second one, also where the holder of its root cannot be seen', () => {
  lock('run');
  symlinkSync(join(home, 'root'), join(home, 'link'));
  refuse({ pid: process.pid, root: join(home, 'root') });
  refuse({ pid: process.pid, root: join(home, 'root') }, 'link');
  // Of an older build, which does not say its root.
  refuse({ pid: process.pid });
});
test('nor where it can be seen', () => {
  lock('run');
  lock('root');
  refuse({ pid: process.pid, root: join(home, 'root') });
  refuse({ pid: process.pid });
});
test('a hive of another root that answers here is told apart by its own word, or by who holds the root', () => {
  const elsewhere = join(home, 'elsewhere');
  const words = /Another hive \(pid \d+\) has its sockets in .*run; this one's root is .*Set HIVE_RUN/;
  expect(() => refuse({ pid: process.pid, root: elsewhere })).toThrow(running(words));
  expect(() => refuse({ pid: process.pid, root: join(home, 'gone') })).toThrow(running(words));
  lock('root');
  expect(() => refuse({ pid: process.pid + 1 })).toThrow(running(words));
});
test('one that holds the root and does not answer is refused', () => {
  refuse(null);
  lock('root');
  expect(() => refuse(null)).toThrow(running(/A hive runs on .*root already/));
});
