// @ts-check
// A hash of the sources that a build was made from.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = [
  'protocol',
  'wire',
  'system',
  'store',
  'host',
  'harness',
  'forge',
  'images',
  'bin/build.mjs',
  'package-lock.json',
];

/**
 * A fingerprint of everything a build depends on: sources, locked packages, the Node that SQLite was compiled for.
 * By content, not by time: the same checkout cloned twice is the same build. Tests do not count.
 * @param {string} top
 * @returns {string} 12 hexadecimal digits
 */
export function hashSources(top) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${process.versions.modules}\n`);
  for (const path of SOURCES.flatMap((each) => filesOf(top, each)).toSorted()) {
    const text = readFileSync(join(top, path));
    hash.update(`${path} ${text.length}\n`).update(text);
  }
  return hash.digest('hex').slice(0, 12);
}

/**
 * @param {string} top
 * @param {string} path
 * @returns {string[]}
 */
function filesOf(top, path) {
  if (path.includes('.')) return [path];
  return readdirSync(join(top, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(top.length + 1));
}
