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

/** Makes this process hold the lock of a directory, as hived does. */
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

// Nobody holds the lock of `root` here: on btrfs and some overlays a lock's holder cannot be determined, on a tmpfs it
// can.
test('the hive of this root is not refused as a second one, also when the lock’s holder cannot be determined', () => {
  lock('run');
  symlinkSync(join(home, 'root'), join(home, 'link'));
  refuse({ pid: process.pid, root: join(home, 'root') });
  refuse({ pid: process.pid, root: join(home, 'root') }, 'link');
  // A hive of an older build, which does not report its root.
  refuse({ pid: process.pid });
});
test('nor when it can be determined', () => {
  lock('run');
  lock('root');
  refuse({ pid: process.pid, root: join(home, 'root') });
  refuse({ pid: process.pid });
});
test('a hive of another root that answers here is recognised by its own report, or by the lock’s holder', () => {
  const elsewhere = join(home, 'elsewhere');
  const words = /Another hive \(pid \d+\) has its sockets in .*run; this one's root is .*Set HIVE_RUN/;
  expect(() => refuse({ pid: process.pid, root: elsewhere })).toThrow(running(words));
  expect(() => refuse({ pid: process.pid, root: join(home, 'gone') })).toThrow(running(words));
  lock('root');
  expect(() => refuse({ pid: process.pid + 1 })).toThrow(running(words));
});
test('a hive that holds the root and does not answer is refused', () => {
  refuse(null);
  lock('root');
  expect(() => refuse(null)).toThrow(running(/A hive runs on .*root already/));
});
