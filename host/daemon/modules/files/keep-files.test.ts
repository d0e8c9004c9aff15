import { existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { HiveError } from '../../../../protocol/errors.ts';
import { deleteAttachmentsOf, roomTaken, UPLOAD_GOOD_MS } from './store/blobs.ts';
import { fileOf, openTestFiles, type TestFiles } from '../../testing/open-test-files.ts';
import type { BlobStore } from './blob-store.ts';

let hive: TestFiles;
afterEach(() => hive.close());

const HOUR = UPLOAD_GOOD_MS;
const onDisk = () =>
  readdirSync(hive.blobDir, { recursive: true, encoding: 'utf8' })
    .map((path) => path.slice(path.lastIndexOf('/') + 1))
    .filter((name) => name.length === 64);
const collect = () => hive.files.collectGarbage(hive.clock(), 100);
const forget = (...messages: number[]) => hive.writer.write((tx) => deleteAttachmentsOf(tx.db, messages));

test('the same bytes uploaded concurrently are stored once and use capacity once', async () => {
  hive = await openTestFiles();
  const owners = ['scout', 'coder', 'manager', 'operator'];
  const kept = await Promise.all(
    Array.from({ length: 100 }, (_, n) => hive.files.upload(owners[n % 4] ?? '', fileOf('same', `${n}.txt`))),
  );
  expect(new Set(kept.map(({ hash }) => hash)).size).toBe(1);
  expect(onDisk()).toHaveLength(1);
  expect(roomTaken(hive.db)).toBe(4_096);
  for (const [n, owner] of owners.entries()) await hive.send(owner, 'scout', [kept[n] ?? { name: '', hash: '' }]);
});

test('a file over the limit is refused, one of exactly the limit is not', async () => {
  hive = await openTestFiles({ maxBytes: 10 });
  await hive.files.upload('scout', fileOf('x'.repeat(10)));
  await expect(hive.files.upload('scout', fileOf('x'.repeat(11)))).rejects.toMatchObject({
    code: 'attachment_too_large',
  });
  expect(onDisk()).toHaveLength(1);
});

// Vulnerability: each of many concurrent uploads fits, and together they exceed the limit; tiny files use more than
// their bytes. Scenario: forty different files of one byte at once, with capacity for ten blocks. Verified: ten are
// stored, thirty refused and not on disk; stored bytes are still accepted; collection frees capacity.
test('all files together use no more than the capacity', async () => {
  hive = await openTestFiles({ maxTotalBytes: 10 * 4_096 });
  const ends = await Promise.allSettled(
    Array.from({ length: 40 }, (_, n) => hive.files.upload('operator', fileOf(String.fromCodePoint(65 + n)))),
  );
  const refused = ends.filter((end) => end.status === 'rejected').map((end) => (end.reason as HiveError).code);
  expect(refused).toEqual(Array.from({ length: 30 }, () => 'blob_store_full'));
  expect(onDisk()).toHaveLength(10);
  const [known] = ends.flatMap((end, n) => (end.status === 'fulfilled' ? [String.fromCodePoint(65 + n)] : []));
  await hive.files.upload('coder', fileOf(known ?? ''));
  hive.time.now += HOUR;
  await collect();
  await hive.files.upload('operator', fileOf('new'));
});

// Vulnerability: one agent's uploads, which nobody may ever receive, fill the store for all. Scenario: the scout
// uploads different files until it is refused, then the others and, an hour later, the scout go on. Verified: it gets
// a quarter of the capacity, is told when to retry, and nobody else is refused.
test('no single agent fills the store for all within an hour', async () => {
  hive = await openTestFiles({ maxBytes: 4_096, maxTotalBytes: 40 * 4_096 });
  for (let n = 0; n < 10; n += 1) await hive.files.upload('scout', fileOf(`scout ${n}`));
  hive.time.now += HOUR / 4;
  await expect(hive.files.upload('scout', fileOf('one more'))).rejects.toMatchObject({
    code: 'rate_exceeded',
    message: expect.stringContaining('45 min') as string,
  });
  // Stored bytes use no capacity.
  await hive.files.upload('scout', fileOf('scout 0'));
  await hive.files.upload('coder', fileOf('one more'));
  hive.time.now += HOUR;
  await hive.files.upload('scout', fileOf('another'));
});

test('the used capacity is restored after a restart', async () => {
  hive = await openTestFiles();
  await hive.files.upload('scout', fileOf(''));
  await hive.files.upload('scout', fileOf('x'));
  await hive.files.upload('scout', fileOf('x'.repeat(4_096)));
  await hive.files.upload('scout', fileOf('x'.repeat(4_097)));
  expect(roomTaken(hive.db)).toBe(5 * 4_096);
});

test('a file is deleted when neither a message, a standing reminder nor a recent upload refers to it', async () => {
  hive = await openTestFiles();
  const [unsent, sent, reminded] = await Promise.all(
    ['unsent', 'sent', 'reminded'].map((text) => hive.files.upload('scout', fileOf(text))),
  );
  const first = await hive.send('scout', 'coder', [sent!]);
  const second = await hive.send('coder', 'manager', [sent!]);
  hive.db
    .prepare(
      `INSERT INTO reminders (owner, recipient, due_at, body, state, hash, file_name, created_at)
       VALUES ('scout', 'scout', 1, 'read it', 'standing', ?, 'notes.txt', 0)`,
    )
    .run(reminded!.hash);
  expect(await collect()).toEqual({ removed: 0, more: false });
  hive.time.now += HOUR;
  expect(await collect()).toEqual({ removed: 1, more: false });
  expect(onDisk()).not.toContain(unsent!.hash);
  await forget(first);
  expect(await collect()).toMatchObject({ removed: 0 });
  await forget(second);
  expect(await collect()).toMatchObject({ removed: 1 });
  hive.db.prepare("UPDATE reminders SET state = 'cancelled'").run();
  expect(await collect()).toMatchObject({ removed: 1 });
  expect(hive.db.prepare('SELECT hash, file_name AS name FROM reminders').get()).toEqual({ hash: null, name: null });
  expect(onDisk()).toEqual([]);
  expect(hive.db.prepare('SELECT COUNT(*) FROM uploads').pluck().get()).toBe(0);
});

test('a collection over many files goes in small steps and visits each file', async () => {
  hive = await openTestFiles();
  for (let n = 0; n < 25; n += 1) await hive.files.upload('scout', fileOf(`file ${n}`));
  hive.time.now += HOUR;
  const steps = [];
  do steps.push(await hive.files.collectGarbage(hive.clock(), 10));
  while (steps.at(-1)?.more === true);
  expect(steps.map(({ removed }) => removed)).toEqual([10, 10, 5]);
  expect(onDisk()).toEqual([]);
});

/** A store whose operation blocks, once called, until it is released. */
function pausing(operation: 'put' | 'delete') {
  let go = () => {};
  let sayAsked = () => {};
  const asked = new Promise<void>((resolve) => (sayAsked = resolve));
  const gone = new Promise<void>((resolve) => (go = resolve));
  const pause = () => {
    sayAsked();
    return gone;
  };
  const wrap = (blobs: BlobStore): BlobStore => ({
    ...blobs,
    async put(bytes) {
      const kept = await blobs.put(bytes);
      if (operation === 'put') await pause();
      return kept;
    },
    async delete(hash) {
      if (operation === 'delete') await pause();
      return blobs.delete(hash);
    },
  });
  return { wrap, asked, go: () => go() };
}

// Vulnerability: bytes are found in the store while their file is being deleted. Scenario: an upload of the same
// bytes comes after the collection has deleted the row and before it removes the file. Verified: the upload's file
// exists in the end, and can be sent and read.
test('an upload of bytes that are being collected is not lost', async () => {
  const pause = pausing('delete');
  hive = await openTestFiles({}, pause.wrap);
  await hive.files.upload('scout', fileOf('words'));
  hive.time.now += HOUR;
  const collected = collect();
  await pause.asked;
  const uploaded = hive.files.upload('scout', fileOf('words'));
  // By now, an upload that did not wait would be done.
  await hive.files.upload('scout', fileOf('other'));
  pause.go();
  expect(await collected).toMatchObject({ removed: 1 });
  const message = await hive.send('scout', 'coder', [await uploaded]);
  expect(await hive.files.download('coder', { message, name: 'notes.txt' })).toMatchObject(fileOf('words'));
});

test('a collection skips a file that is being uploaded, and so does the sweep of orphans', async () => {
  const pause = pausing('put');
  hive = await openTestFiles({}, pause.wrap);
  const uploaded = hive.files.upload('scout', fileOf('words'));
  await pause.asked;
  expect(onDisk()).toHaveLength(1);
  const swept = hive.files.sweepStrays();
  const collected = collect();
  await collected;
  pause.go();
  expect(await swept).toBe(0);
  await hive.send('scout', 'coder', [await uploaded]);
  expect(onDisk()).toHaveLength(1);
});

test('concurrent uploads, sends and collections of the same bytes lose no acknowledged file', async () => {
  hive = await openTestFiles();
  const messages: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    hive.time.now += HOUR;
    const gone = messages.splice(0);
    const [sent] = await Promise.all([
      hive.files.upload('scout', fileOf('words')).then((kept) => hive.send('scout', 'coder', [kept])),
      forget(...gone),
      collect(),
      hive.files.sweepStrays(),
    ]);
    messages.push(sent);
    expect(await hive.files.download('coder', { message: sent, name: 'notes.txt' })).toMatchObject(fileOf('words'));
  }
  expect(onDisk()).toHaveLength(1);
});

test('a crash between row and file leaves an orphan, which the next sweep removes, and nothing else', async () => {
  const broken = { delete: true };
  hive = await openTestFiles({}, (blobs) => ({
    ...blobs,
    delete: (hash) => (broken.delete ? Promise.reject(new HiveError('storage_unavailable')) : blobs.delete(hash)),
  }));
  await hive.send('scout', 'coder', [await hive.files.upload('scout', fileOf('sent'))]);
  await hive.files.upload('scout', fileOf('unsent'));
  hive.time.now += HOUR;
  await expect(collect()).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(onDisk()).toHaveLength(2);
  broken.delete = false;
  expect(await hive.files.sweepStrays()).toBe(1);
  expect(await hive.files.sweepStrays()).toBe(0);
  expect(onDisk()).toHaveLength(1);
});

test('an upload whose row cannot be written leaves no file and uses no capacity', async () => {
  hive = await openTestFiles({ maxBytes: 4_096, maxTotalBytes: 4_096 });
  const { writer } = hive;
  const write = writer.write;
  writer.write = () => Promise.reject(new HiveError('storage_unavailable'));
  await expect(hive.files.upload('scout', fileOf('words'))).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(onDisk()).toEqual([]);
  writer.write = write;
  await hive.files.upload('scout', fileOf('words'));
});

test('a damaged file gives one clear error until its bytes are uploaded again', async () => {
  hive = await openTestFiles();
  const kept = await hive.files.upload('scout', fileOf('words'));
  const message = await hive.send('scout', 'coder', [kept]);
  truncateSync(join(hive.blobDir, kept.hash.slice(0, 2), kept.hash), 2);
  const read = () => hive.files.download('coder', { message, name: 'notes.txt' });
  await expect(read()).rejects.toMatchObject({
    code: 'attachment_damaged',
    message: expect.stringContaining('attach it once more') as string,
  });
  await hive.files.upload('manager', fileOf('words', 'mine.txt'));
  expect(await read()).toMatchObject(fileOf('words'));
});

test('foreign files in the store’s directories stay', async () => {
  hive = await openTestFiles();
  const { hash } = await hive.files.upload('scout', fileOf('words'));
  const foreign = join(hive.blobDir, hash.slice(0, 2), 'README');
  writeFileSync(foreign, 'mine');
  await hive.files.sweepStrays();
  expect(existsSync(foreign)).toBe(true);
});
