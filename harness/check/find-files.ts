import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';

/** Files and directories that are looked at. */
const MOST_SEEN = 200_000;

/**
 * The plain files below a directory that patterns name, each as its path from there, at most `most` of them. A pattern
 * that names a directory means everything in it. Links are not followed, wherever they lead.
 */
export async function findFiles(dir: string, patterns: readonly string[], most: number): Promise<string[]> {
  const found = new Set<string>();
  let seen = 0;
  for (const pattern of patterns) {
    const plain = pattern.replace(/\/+$/, '');
    const matches = picomatch([plain, `${plain}/**`], { dot: true, nonegate: true });
    const open = [await baseOf(dir, plain)];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === null) continue;
      if (found.size >= most || seen >= MOST_SEEN) return [...found];
      if (at.kind === 'file' && matches(at.path)) found.add(at.path);
      if (at.kind !== 'directory') continue;
      const entries = await readdir(join(dir, at.path), { withFileTypes: true }).catch((): Dirent[] => []);
      seen += entries.length;
      // The last one is looked at first.
      for (const entry of entries.toSorted((a, b) => (a.name < b.name ? 1 : -1)))
        open.push({ path: at.path === '' ? entry.name : `${at.path}/${entry.name}`, kind: kindOf(entry) });
    }
  }
  return [...found];
}

interface Place {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'other';
}

/** Where the files of a pattern begin; null: nothing is there, or a link is on the way. */
async function baseOf(dir: string, pattern: string): Promise<Place | null> {
  const { base } = picomatch.scan(pattern);
  const parts = base.split('/').filter((part) => part !== '' && part !== '.');
  let place: Place = { path: '', kind: 'directory' };
  for (const part of parts) {
    if (place.kind !== 'directory' || part === '..') return null;
    const path: string = place.path === '' ? part : `${place.path}/${part}`;
    const entry = await lstat(join(dir, path)).catch(() => null);
    if (entry === null) return null;
    place = { path, kind: kindOf(entry) };
  }
  return place;
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory'>): Place['kind'] {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
}
