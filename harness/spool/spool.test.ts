import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HiveError } from '../../protocol/errors.ts';
import type { SpooledEvent } from '../../protocol/schemas/harness.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { sendSpool } from './send-spool.ts';
import { openSpool } from './spool.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'spool-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const open = (maxBytes = 64 * 1024 * 1024, bootId: string = randomUUID(), now: () => number = Date.now) =>
  openSpool(dir, {
    bootId,
    now,
    maxBytes,
    onError: (error) => {
      throw error;
    },
  });

/** Collects sent events; `refuse` may throw for a batch. */
function receiver(refuse: (events: readonly SpooledEvent[]) => void = () => undefined) {
  const got: { bootId: string; event: SpooledEvent }[] = [];
  const batches: number[] = [];
  const hive = {
    call: (_name: string, { bootId, events }: { bootId: string; events: SpooledEvent[] }) => {
      batches.push(events.length);
      refuse(events);
      got.push(...events.map((event) => ({ bootId, event })));
      return Promise.resolve({ acked: events.at(-1)?.seq ?? 0 });
    },
    close: () => undefined,
  } as unknown as HiveClient;
  return { hive, got, batches };
}

async function sizeOf(path: string): Promise<number> {
  const names = (await readdir(path, { recursive: true })).filter((name) => name.endsWith('.jsonl'));
  return (await Promise.all(names.map(async (name) => (await stat(join(path, name))).size))).reduce((a, b) => a + b, 0);
}

const text = (size: number) => ({ turn: 1, text: 'x'.repeat(size), truncated: false });

describe('the spool', () => {
  test('who waits until all is sent goes on when hived has it, and otherwise after a time or at the end', async () => {
    const spool = await open();
    const stop = new AbortController();
    const { signal } = stop;
    let answer = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const { hive, got } = receiver();
    const call = (async (...args: unknown[]) => {
      await answered;
      return (hive.call as (...all: unknown[]) => unknown)(...args);
    }) as HiveClient['call'];
    const sending = sendSpool({ hive: { ...hive, call }, spool, signal, onRefused: () => undefined });
    await spool.waitSent(60_000, signal);
    spool.emit('turn.text', text(10));
    await spool.waitSent(1, signal);
    expect(got).toEqual([]);
    const waiting = spool.waitSent(60_000, signal);
    answer();
    await waiting;
    expect(got).toHaveLength(1);
    spool.emit('turn.text', text(10));
    stop.abort();
    await spool.waitSent(60_000, signal);
    await sending;
    await spool.close();
  });

  test('sends written events, in order, in bounded batches, and removes acknowledged ones', async () => {
    const spool = await open();
    const stop = new AbortController();
    const { hive, got, batches } = receiver();
    for (let count = 0; count < 3_000; count += 1) spool.emit('turn.text', text(1_000));
    await spool.flush();
    const sending = sendSpool({ hive, spool, signal: stop.signal, onRefused: () => undefined });
    await expect.poll(() => got.length).toBe(3_000);
    spool.emit('turn.text', text(10));
    await expect.poll(() => got.length).toBe(3_001);
    expect(got.map(({ event }) => event.seq)).toEqual(Array.from({ length: 3_001 }, (_, index) => index + 1));
    expect(Math.max(...batches)).toBeLessThanOrEqual(500);
    await expect.poll(() => sizeOf(dir)).toBeLessThan(130 * 1024);
    stop.abort();
    await sending;
    await spool.close();
  }, 120_000);

  test('older boots go first, under their own ids', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    const first = await open(undefined, a);
    first.emit('turn.text', text(1));
    await first.close();
    const second = await open(undefined, b);
    second.emit('turn.text', text(2));
    const stop = new AbortController();
    const { hive, got } = receiver();
    const sending = sendSpool({ hive, spool: second, signal: stop.signal, onRefused: () => undefined });
    await expect.poll(() => got.map(({ bootId }) => bootId)).toEqual([a, b]);
    stop.abort();
    await sending;
    await second.close();
    expect(await readdir(dir)).toHaveLength(1);
  });

  test('over its limit it drops transcript lines, oldest first, reports their number, and keeps receipts', async () => {
    const spool = await open(3 * 1024 * 1024);
    for (let count = 1; count <= 800; count += 1) {
      spool.emit('turn.text', text(9_000));
      if (count % 100 === 0) spool.emit('delivery.in_context', { turn: 1, messages: [count] });
      if (count % 20 === 0) await spool.flush();
    }
    await spool.flush();
    expect(await sizeOf(dir)).toBeLessThan(5 * 1024 * 1024);
    const stop = new AbortController();
    const { hive, got } = receiver();
    const sending = sendSpool({ hive, spool, signal: stop.signal, onRefused: () => undefined });
    await expect.poll(() => got.at(-1)?.event.seq).toBe(spool.written());
    stop.abort();
    await sending;
    const receipts = got.filter(({ event }) => event.kind === 'delivery.in_context');
    expect(receipts).toHaveLength(8);
    const texts = got.filter(({ event }) => event.kind === 'turn.text').length;
    const dropped = got
      .filter(({ event }) => event.kind === 'turn.noise')
      .reduce((sum, { event }) => sum + (event.data['lines'] as number), 0);
    expect(dropped).toBeGreaterThan(0);
    expect(texts + dropped).toBe(800);
    await spool.close();
  });

  test('a refused event is dropped and reported; the others of its batch arrive', async () => {
    const spool = await open();
    for (let count = 0; count < 5; count += 1) spool.emit('turn.text', text(count));
    const refused: number[] = [];
    const stop = new AbortController();
    const { hive, got } = receiver((events) => {
      if (events.some((event) => event.seq === 3)) throw new HiveError('invalid_input');
    });
    const sending = sendSpool({ hive, spool, signal: stop.signal, onRefused: (event) => refused.push(event.seq) });
    await expect.poll(() => got.map(({ event }) => event.seq)).toEqual([1, 2, 4, 5, 6]);
    expect(refused).toEqual([3]);
    stop.abort();
    await sending;
    await spool.close();
  });

  test('a replaced or missing segment of an older boot keeps nothing else from being sent', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    const older = await open(undefined, a);
    older.emit('turn.text', text(1));
    await older.close();
    await mkdir(join(older.dir.path, '000000000000.jsonl'));
    const spool = await open(undefined, b);
    const stop = new AbortController();
    const { hive, got } = receiver();
    const sending = sendSpool({ hive, spool, signal: stop.signal, onRefused: () => undefined });
    for (let count = 1; count <= 3; count += 1) {
      spool.emit('turn.text', text(200_000));
      await expect.poll(() => got.length).toBe(1 + count);
      await rm(spool.dir.path, { recursive: true });
      await mkdir(spool.dir.path);
      await spool.rotate();
    }
    expect(got.map(({ bootId }) => bootId)).toEqual([a, b, b, b]);
    stop.abort();
    await sending;
    await spool.close();
  });

  test('details that hived did not fetch for a week are dropped and counted; receipts stay', async () => {
    const older = await open();
    for (let count = 0; count < 5; count += 1) older.emit('turn.text', text(10));
    older.emit('delivery.in_context', { turn: 1, messages: [1] });
    await older.close();
    const DAY_MS = 86_400_000;
    for (const [days, dropped] of [
      [6, 0],
      [8, 5],
      [8, 0],
    ] as const) {
      const spool = await open(undefined, randomUUID(), () => Date.now() + days * DAY_MS);
      spool.emit('harness.state', { state: 'idle', reason: null, until: null });
      await spool.flush();
      await spool.close();
      const own = (await readAll(spool.dir.path)).split('\n').filter((line) => line.includes('turn.noise'));
      expect(own.map((line) => (JSON.parse(line) as SpooledEvent).data['lines'])).toEqual(dropped === 0 ? [] : [5]);
      const left = await readAll(older.dir.path);
      expect([left.includes('turn.text'), left.includes('in_context')]).toEqual([days === 6, true]);
    }
  });

  test('lines are on disk before anything is sent', async () => {
    const spool = await open();
    spool.emit('turn.text', text(3));
    await spool.flush();
    const names = await readdir(spool.dir.path);
    expect(await readFile(join(spool.dir.path, names[0] ?? ''), 'utf8')).toContain('"seq":1');
    await spool.close();
  });

  test('events that the disk refuses are kept, in order, and written when possible', async () => {
    const errors: unknown[] = [];
    const options = {
      bootId: randomUUID(),
      now: Date.now,
      maxBytes: 1e9,
      onError: (error: unknown) => errors.push(error),
    };
    const spool = await openSpool(dir, options);
    await mkdir(spool.dir.path);
    const first = join(spool.dir.path, '000000000001.jsonl');
    await symlink('/dev/full', first);
    spool.emit('delivery.in_context', { turn: 1, messages: [1] });
    await spool.flush();
    spool.emit('turn.text', text(3));
    await spool.flush();
    expect(new Set(errors.map((error) => (error as NodeJS.ErrnoException).code))).toEqual(new Set(['ENOSPC']));
    expect(spool.written()).toBe(0);

    // Half of the batch is in the file, as after a disk that became full during a write.
    await rm(first);
    await writeFile(first, '{"seq":1,"at":1,"kind":"delivery.in_c');
    await spool.flush();
    spool.emit('turn.text', text(4));
    await spool.flush();
    const stop = new AbortController();
    const { hive, got } = receiver();
    const sending = sendSpool({ hive, spool, signal: stop.signal, onRefused: () => undefined });
    await expect.poll(() => got.map(({ event }) => event.seq)).toEqual([1, 2, 3]);
    stop.abort();
    await sending;
    await spool.close();
  });

  test('a disk that refuses everything costs details of the transcript, never a receipt, and little memory', async () => {
    const options = {
      bootId: randomUUID(),
      now: Date.now,
      maxBytes: 1e9,
      onError: () => undefined,
      maxPendingChars: 10_000,
    };
    const spool = await openSpool(dir, options);
    await writeFile(spool.dir.path, 'A file stands where the segments should go.');
    for (let count = 1; count <= 100; count += 1) {
      spool.emit('turn.text', text(1_000));
      if (count % 10 === 0) spool.emit('delivery.in_context', { turn: 1, messages: [count] });
      await spool.flush();
    }
    await rm(spool.dir.path);
    await spool.flush();
    const lines = await readAll(spool.dir.path);
    const events = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SpooledEvent);
    const ofKind = (kind: string) => events.filter((event) => event.kind === kind);
    const dropped = ofKind('turn.noise').reduce((sum, { data }) => sum + (data['lines'] as number), 0);
    expect(ofKind('delivery.in_context')).toHaveLength(10);
    expect(ofKind('turn.text').length + dropped).toBe(100);
    expect(lines.length).toBeLessThan(20_000);
    await spool.close();
  });

  test('an event on which hived fails is dropped after some attempts, counted, and reported', async () => {
    const spool = await open();
    for (let count = 0; count < 5; count += 1) spool.emit('turn.text', text(count));
    await spool.flush();
    const stop = new AbortController();
    const { hive, got } = receiver((events) => {
      if (events.some((event) => event.seq === 3)) throw new HiveError('internal');
    });
    const refused: number[] = [];
    const sending = sendSpool({ hive, spool, signal: stop.signal, onRefused: (event) => refused.push(event.seq) });
    await expect.poll(() => got.map(({ event }) => event.seq)).toEqual([1, 2, 4, 5, 6]);
    expect(refused).toEqual([3]);
    expect(got.at(-1)?.event).toMatchObject({ kind: 'turn.noise', data: { turn: null, lines: 1 } });
    stop.abort();
    await sending;
    await spool.close();
  }, 60_000);
});

async function readAll(path: string): Promise<string> {
  const names = (await readdir(path)).filter((name) => name.endsWith('.jsonl')).sort();
  return (await Promise.all(names.map((name) => readFile(join(path, name), 'utf8')))).join('');
}
