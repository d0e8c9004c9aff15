import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Db, openStore } from '../../../store/open-store.ts';
import { createWriter, type Tx, type Writer } from './writer.ts';

const MIGRATIONS = [
  { version: 1, name: 'init', sql: 'CREATE TABLE notes (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT' },
];
let dir: string;
let db: Db;
let writer: Writer;
let broken: unknown[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hive-writer-'));
  db = openStore(join(dir, 'hive.db'), MIGRATIONS);
  broken = [];
  writer = createWriter(db, { onEffectError: (error) => broken.push(error) });
});
afterEach(async () => {
  await writer.close();
  db.close();
  rmSync(dir, { recursive: true });
});

const add = (text: string) => (tx: Tx) =>
  Number(tx.db.prepare('INSERT INTO notes (text) VALUES (?)').run(text).lastInsertRowid);
const texts = () => db.prepare('SELECT text FROM notes ORDER BY n').pluck().all();

test('concurrent writes are committed together, in order', async () => {
  const ids = await Promise.all(['a', 'b', 'c'].map((text) => writer.write(add(text))));
  expect(ids).toEqual([1, 2, 3]);
});

test('a job that throws affects no other, leaves nothing behind, and runs no effects', async () => {
  // Vulnerability: a sender of invalid requests at full speed makes every batch fail, and each valid send costs an
  // fsync of its own.
  const done: string[] = [];
  const good = (text: string) =>
    writer.write((tx) => {
      tx.after(() => done.push(text));
      return add(text)(tx);
    });
  const bad = (text: string) =>
    writer.write((tx) => {
      tx.after(() => done.push(text));
      add(text)(tx);
      throw new Error(text);
    });
  const settled = await Promise.allSettled([good('a'), bad('x'), good('b'), bad('y'), good('c')]);
  expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
    1,
    'Error: x',
    2,
    'Error: y',
    3,
  ]);
  expect(texts()).toEqual(['a', 'b', 'c']);
  expect(done).toEqual(['a', 'b', 'c']);
});

test('an effect that throws does not keep its writer from learning that the write is on disk', async () => {
  const after: string[] = [];
  const first = writer.write((tx) => {
    tx.after(() => {
      throw new Error('a listener broke');
    });
    tx.after(() => after.push('the next one'));
    return add('a')(tx);
  });
  const second = writer.write(add('b'));
  expect(await Promise.all([first, second])).toEqual([1, 2]);
  expect(after).toEqual(['the next one']);
  expect(broken.map(String)).toEqual(['Error: a listener broke']);
});

test('a full disk: each write is refused, none is partial, and writing resumes when there is space', async () => {
  const pages = db.pragma('page_count', { simple: true }) as number;
  db.pragma(`max_page_count = ${pages + 8}`);
  const big = 'x'.repeat(4_000);
  const settled = await Promise.allSettled(Array.from({ length: 30 }, (_, n) => writer.write(add(`${n} ${big}`))));
  const kept = settled.filter((one) => one.status === 'fulfilled').length;
  expect(texts()).toHaveLength(kept);
  for (const one of settled)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'storage_unavailable' });
  await expect(writer.write((tx) => add('y'.repeat(100_000))(tx))).rejects.toMatchObject({
    code: 'storage_unavailable',
  });
  db.pragma(`max_page_count = ${pages + 1_000}`);
  await writer.write(add(big));
  expect(texts()).toHaveLength(kept + 1);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});

// Vulnerability: whoever fills the disk takes the first portion of the reserve before the essential write does.
test('a vital write on a full disk is retried for each portion of the reserve, and fails when none is left', async () => {
  const pages = db.pragma('page_count', { simple: true }) as number;
  db.pragma(`max_page_count = ${pages}`);
  let portions = 3;
  const vital = createWriter(db, {
    onEffectError: (error) => broken.push(error),
    makeRoom() {
      portions -= 1;
      if (portions === 1) db.pragma(`max_page_count = ${pages + 8}`);
      return portions >= 0;
    },
  });
  const ordinary = vital.write(add('x'.repeat(8_000)));
  const written = vital.writeVital(add('y'.repeat(8_000)));
  await expect(ordinary).rejects.toMatchObject({ code: 'storage_unavailable' });
  await written;
  expect([texts(), portions]).toEqual([['y'.repeat(8_000)], 1]);
  await expect(vital.writeVital(add('z'.repeat(100_000)))).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect([texts().length, portions]).toEqual([1, -1]);
});

test('a beforeCommit job runs once for all jobs that share it, and its error undoes only its own writes', async () => {
  const seen: string[] = [];
  const ask = (text: string, then: (tx: Tx) => void) => (tx: Tx) => {
    tx.beforeCommit('count', then);
    return add(text)(tx);
  };
  const count = (tx: Tx) => {
    seen.push(texts().join());
    tx.after(() => seen.push('after'));
    add('counted')(tx);
  };
  await Promise.all([writer.write(ask('a', count)), writer.write(ask('b', count))]);
  expect(seen).toEqual(['a,b', 'after']);
  expect(texts()).toEqual(['a', 'b', 'counted']);
  const refused = writer.write((tx) => {
    ask('refused', () => seen.push('of a refused job'))(tx);
    throw new Error('no');
  });
  const broke = writer.write(
    ask('c', (tx) => {
      add('undone')(tx);
      tx.after(() => seen.push('undone'));
      throw new Error('the last job broke');
    }),
  );
  await expect(refused).rejects.toThrow('no');
  await broke;
  expect(texts()).toEqual(['a', 'b', 'counted', 'c']);
  expect(seen).toEqual(['a,b', 'after']);
  expect(broken.map(String)).toEqual(['Error: the last job broke']);
});

/** A writer for whose jobs the test says how long they take. */
function openTimed() {
  let at = 0;
  const seen: string[] = [];
  const timed = createWriter(db, { onEffectError: (error) => broken.push(error), now: () => at });
  const job =
    (text: string, ms = 10) =>
    (tx: Tx) => {
      at += ms;
      seen.push(text);
      tx.after(() => seen.push(`${text} is on disk`));
      return add(text)(tx);
    };
  return { timed, seen, job };
}

// Vulnerability: what waits while hived is busy becomes one transaction of any length, in which hived serves nobody.
test('a commit takes no further jobs after some time; the others are in the next one, in their order', async () => {
  const { timed, seen, job } = openTimed();
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const ids = Promise.all(names.map((name) => timed.write(job(name))));
  setImmediate(() => seen.push('somebody else is served'));
  expect(await ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const part = (some: string[]) => [...some, ...some.map((name) => `${name} is on disk`)];
  expect(seen).toEqual([
    ...part(['a', 'b', 'c', 'd']),
    'somebody else is served',
    ...part(['e', 'f', 'g', 'h']),
    ...part(['i']),
  ]);
  expect(texts()).toEqual(names);
});

test('a job that throws costs the jobs of its commit no more than one repetition, and later ones run once', async () => {
  const { timed, seen, job } = openTimed();
  const fails = (tx: Tx) => {
    job('x')(tx);
    throw new Error('no');
  };
  const settled = await Promise.allSettled(
    [job('a'), fails, job('b'), job('c'), job('d')].map((one) => timed.write(one)),
  );
  expect(settled.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true]);
  expect(texts()).toEqual(['a', 'b', 'c', 'd']);
  expect(seen.filter((line) => line === 'a')).toHaveLength(2);
  expect(seen.filter((line) => line === 'd')).toHaveLength(1);
});

test('when no transaction can begin, all waiting jobs are refused at once', async () => {
  const { timed, job } = openTimed();
  const waiting = ['a', 'b', 'c'].map((name) => timed.write(job(name)));
  db.close();
  const settled = await Promise.allSettled(waiting);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await timed.close();
});

test('a single job that takes long is a commit of its own, and closing writes all that waits', async () => {
  const { timed, job } = openTimed();
  const all = Promise.all(['a', 'b', 'c'].map((name) => timed.write(job(name, 500))));
  await timed.close();
  expect(texts()).toEqual(['a', 'b', 'c']);
  expect(await all).toEqual([1, 2, 3]);
  await expect(timed.write(job('late'))).rejects.toMatchObject({ code: 'storage_unavailable' });
});

test('on a full disk the jobs of one commit are refused, and those that wait are tried', async () => {
  const { timed, job } = openTimed();
  const pages = db.pragma('page_count', { simple: true }) as number;
  db.pragma(`max_page_count = ${pages}`);
  const big = timed.write(job('x'.repeat(50_000), 500));
  const small = timed.write(job('small'));
  await expect(big).rejects.toMatchObject({ code: 'storage_unavailable' });
  await small;
  expect(texts()).toEqual(['small']);
});
