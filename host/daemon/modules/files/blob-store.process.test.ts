import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashOf, openBlobStore } from './blob-store.ts';

const run = promisify(execFile);
const BYTES = Buffer.alloc(600_000, 'b');

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hive-blobs-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('a pipe in place of a file counts as a damaged file, and does not block the read', async () => {
  const blobs = await openBlobStore(join(home, 'blobs'));
  const kept = await blobs.put(BYTES);
  const file = join(home, 'blobs', kept.hash.slice(0, 2), kept.hash);
  rmSync(file);
  await run('mkfifo', [file]);
  await expect(blobs.read(kept)).rejects.toMatchObject({ code: 'attachment_damaged' });
  await blobs.put(BYTES);
  expect(await blobs.read(kept)).toEqual(BYTES);
});

// Only root may mount a file system.
describe.runIf(process.getuid?.() === 0)('on a disk that is full', () => {
  let disk: string;
  beforeEach(async () => {
    disk = join(home, 'disk');
    await run('mkdir', [disk]);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  });
  afterEach(() => run('umount', [disk]));

  test('a file is refused, leaves nothing behind, and is stored once there is space', async () => {
    const blobs = await openBlobStore(join(disk, 'blobs'));
    const filler = join(disk, 'filler');
    writeFileSync(filler, Buffer.alloc(700_000));
    await expect(blobs.put(BYTES)).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect(blobs.read({ hash: hashOf(BYTES), bytes: BYTES.length })).rejects.toMatchObject({
      code: 'attachment_damaged',
    });
    expect(readdirSync(join(disk, 'blobs', 'incoming'))).toEqual([]);
    rmSync(filler);
    expect(await blobs.read(await blobs.put(BYTES))).toEqual(BYTES);
  });

  test('a file that is stored already needs no space', async () => {
    const blobs = await openBlobStore(join(disk, 'blobs'));
    const kept = await blobs.put(BYTES);
    const rest = Buffer.alloc(1_048_576 - 600_000);
    expect(() => writeFileSync(join(disk, 'filler'), rest)).toThrow('ENOSPC');
    expect(await blobs.put(BYTES)).toEqual(kept);
  });
});
