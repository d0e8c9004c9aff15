import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readInEach } from './read-in-each.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'each-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const read = (more = {}) => readInEach(dir, 'F.md', { maxBytes: 100, most: 10, ...more });
function lay(name: string, text: string): void {
  mkdirSync(join(dir, name), { recursive: true });
  writeFileSync(join(dir, name, 'F.md'), text);
}

test('the texts come in the order of the directories’ names; what has no such file is left out', async () => {
  lay('b', 'second');
  lay('a', 'first');
  mkdirSync(join(dir, 'empty'));
  writeFileSync(join(dir, 'F.md'), 'no directory');
  const both = [
    { name: 'a', text: 'first' },
    { name: 'b', text: 'second' },
  ];
  expect(await read()).toEqual(both);
  expect(await read({ most: 1 })).toEqual(both.slice(0, 1));
  expect(await readInEach(join(dir, 'absent'), 'F.md', { maxBytes: 1, most: 1 })).toEqual([]);
});

test('links, large files and what is no file are not read', async () => {
  lay('real', 'text');
  lay('large', 'x'.repeat(101));
  symlinkSync(join(dir, 'real'), join(dir, 'linked'));
  mkdirSync(join(dir, 'file-linked'));
  symlinkSync(join(dir, 'real', 'F.md'), join(dir, 'file-linked', 'F.md'));
  mkdirSync(join(dir, 'directory', 'F.md'), { recursive: true });
  expect(await read()).toEqual([
    { name: 'directory', text: null },
    { name: 'file-linked', text: null },
    { name: 'large', text: null },
    { name: 'real', text: 'text' },
  ]);
});
