import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Brings the names in a directory to the disk, within a transaction that moves one: nothing can be awaited there. */
export function syncNames(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
