import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BlobStore, hashOf, openBlobStore } from './blob-store.ts';

const BYTES = Buffer.from('the words of a file\n');
const HASH = hashOf(BYTES);
const BLOB = { hash: HASH, bytes: BYTES.length };

let home: string;
let dir: string;
let file: string;
let blobs: BlobStore;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'hive-blobs-'));
  dir = join(home, 'blobs');
  file = join(dir, HASH.slice(0, 2), HASH);
  blobs = await openBlobStore(dir);
});
afterEach(() => rmSync(home, { recursive: true }));

async function listed(store = blobs): Promise<string[]> {
  const all: string[] = [];
  for await (const hashes of store.list()) all.push(...hashes);
  return all;
}

test('the same bytes are stored as one file, which only its owner can read', async () => {
  expect(await blobs.put(BYTES)).toEqual(BLOB);
  expect(await blobs.put(Buffer.from(BYTES))).toEqual(BLOB);
  expect(readFileSync(file)).toEqual(BYTES);
  expect(await blobs.read(BLOB)).toEqual(BYTES);
  expect(await listed()).toEqual([HASH]);
  expect([file, join(file, '..'), dir].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o700, 0o700]);
  expect(readdirSync(join(dir, 'incoming'))).toEqual([]);
});

test('an empty file can be stored', async () => {
  const empty = await blobs.put(Buffer.alloc(0));
  expect(await blobs.read(empty)).toEqual(Buffer.alloc(0));
});

test('deleting an existing and a missing file', async () => {
  await blobs.put(BYTES);
  await blobs.delete(HASH);
  await blobs.delete(HASH);
  expect(await listed()).toEqual([]);
});

test('a file that a crash left half written is removed at the next start, and nothing else', async () => {
  await blobs.put(BYTES);
  writeFileSync(join(dir, 'incoming', 'half'), 'the wor');
  writeFileSync(join(dir, HASH.slice(0, 2), 'notes'), 'not ours');
  const again = await openBlobStore(dir);
  expect(readdirSync(join(dir, 'incoming'))).toEqual([]);
  expect(await listed(again)).toEqual([HASH]);
  expect(await again.read(BLOB)).toEqual(BYTES);
});

test.each([
  ['truncated', () => truncateSync(file, 3)],
  ['longer', () => writeFileSync(file, Buffer.concat([BYTES, BYTES]))],
  ['of other bytes', () => writeFileSync(file, Buffer.from(BYTES).fill(0, 4, 5))],
  ['away', () => rmSync(file)],
  [
    'a link to another file of the same size',
    () => {
      writeFileSync(join(home, 'secret'), Buffer.alloc(BYTES.length, 's'));
      rmSync(file);
      symlinkSync(join(home, 'secret'), file);
    },
  ],
  [
    'a link to the right bytes elsewhere',
    () => {
      writeFileSync(join(home, 'elsewhere'), BYTES);
      rmSync(file);
      symlinkSync(join(home, 'elsewhere'), file);
    },
  ],
])(
  'a file that is %s is reported as damaged, and is whole again once its bytes are uploaded again',
  async (_how, damage) => {
    await blobs.put(BYTES);
    damage();
    await expect(blobs.read(BLOB)).rejects.toMatchObject({ code: 'attachment_damaged' });
    await blobs.put(BYTES);
    expect(await blobs.read(BLOB)).toEqual(BYTES);
    if (existsSync(join(home, 'secret'))) expect(readFileSync(join(home, 'secret'), 'utf8')).toMatch(/^s+$/);
  },
);

// Vulnerability: hived is root; a symlink in place of one of its directories would make it write elsewhere. Scenario:
// a file's directory, or the whole store, is a symlink to a directory of somebody else. Verified: nothing is written
// there, and the error names the path in the way.
test('a directory that is a symlink is refused', async () => {
  const elsewhere = join(home, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(dir, HASH.slice(0, 2)));
  const refused = { code: 'storage_unavailable', message: expect.stringContaining('not a directory') as string };
  await expect(blobs.put(BYTES)).rejects.toMatchObject(refused);
  symlinkSync(elsewhere, join(home, 'link'));
  await expect(openBlobStore(join(home, 'link'))).rejects.toMatchObject(refused);
  expect(readdirSync(elsewhere)).toEqual([]);
});
