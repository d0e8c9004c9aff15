import { readFileSync, statSync } from 'node:fs';

/**
 * The process that holds a write lock on a file, by the kernel's own table. Null when nobody does, or when that cannot
 * be seen: a process of another pid namespace, a file system whose device numbers the table does not use.
 */
export function findLockHolder(path: string): number | null {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return null;
  return parseLocks(readLocks(), file);
}

/** Parses /proc/locks: "1: POSIX  ADVISORY  WRITE 123 fe:00:4711 0 EOF"; "->" marks a waiting lock. */
export function parseLocks(table: string, file: { dev: number; ino: number }): number | null {
  for (const line of table.split('\n')) {
    const found = /^\d+: \S+ +\S+ +WRITE (\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) /.exec(line);
    if (found === null || Number(found[4]) !== file.ino) continue;
    const [major, minor] = [Number.parseInt(found[2] ?? '', 16), Number.parseInt(found[3] ?? '', 16)];
    const pid = Number(found[1]);
    if (pid > 0 && major === majorOf(file.dev) && minor === minorOf(file.dev)) return pid;
  }
  return null;
}

function readLocks(): string {
  try {
    return readFileSync('/proc/locks', 'utf8');
  } catch {
    return '';
  }
}

// Device numbers are packed this way for user space.
function majorOf(dev: number): number {
  return Number((BigInt(dev) >> 8n) & 0xfffn);
}
function minorOf(dev: number): number {
  return Number((BigInt(dev) & 0xffn) | ((BigInt(dev) >> 12n) & 0xfff00n));
}
