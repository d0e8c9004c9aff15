import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HiveClient } from '../../harness/hive-link/hive-client.ts';
import { sendSpool } from '../../harness/spool/send-spool.ts';
import { openSpool, type Spool } from '../../harness/spool/spool.ts';
import { openTestHive, type TestHive } from '../../host/daemon/testing/open-test-hive.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { HiveEvent } from '../../protocol/schemas/event.ts';
import { SPOOL_MAX_BYTES, type SpooledEvent } from '../../protocol/schemas/harness.ts';

// hived is away for a day while a turn goes on: a harness's spool, and a hived that stores it, on one clock.

const scout = 'scout' as AgentName;
const MINUTE_MS = 60_000;
let dir: string;
let hive: TestHive;
let spool: Spool;
let turn: number;
let isAway: boolean;
let stop: AbortController;
let sending: Promise<void>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'day-'));
  hive = openTestHive();
  // Files get their times from the system.
  hive.time.now = Date.now();
  await hive.broker.send('operator', { to: scout, body: 'work' });
  const harness = await hive.boot(scout);
  turn = (await harness.wake())?.turn ?? 0;
  isAway = true;
  stop = new AbortController();
  const client = {
    call: (_: string, input: { bootId: string; events: SpooledEvent[] }) =>
      isAway ? Promise.reject(new HiveError('hive_unreachable')) : hive.broker.spool(scout, input),
    close: () => undefined,
  } as unknown as HiveClient;
  const onError = (error: unknown) => {
    throw error;
  };
  const { bootId } = harness;
  spool = await openSpool(dir, { bootId, now: hive.clock, maxBytes: SPOOL_MAX_BYTES, onError });
  sending = sendSpool({ hive: client, spool, signal: stop.signal, onRefused: (_, error) => onError(error) });
});
afterEach(async () => {
  await spool.close();
  stop.abort();
  await sending;
  await hive.close();
  await rm(dir, { recursive: true, force: true });
});

async function bytesOnDisk(): Promise<number> {
  const files = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.jsonl'));
  return (await Promise.all(files.map(async (name) => (await stat(join(dir, name))).size))).reduce((a, b) => a + b, 0);
}

function stored(kind: HiveEvent['kind']): Record<string, unknown>[] {
  const rows = hive.db.prepare('SELECT data FROM events WHERE kind = ? ORDER BY seq').pluck().all(kind) as string[];
  return rows.map((row) => JSON.parse(row) as Record<string, unknown>);
}

/** A day with events every minute; returns how many there were. */
async function aDay(perMinute: number, chars: number): Promise<number> {
  let count = 0;
  for (let minute = 0; minute < 1_440; minute += 1) {
    hive.time.now += MINUTE_MS;
    for (let n = 0; n < perMinute; n += 1) {
      count += 1;
      spool.emit('turn.text', { turn, text: `${count} ${'x'.repeat(chars)}`, truncated: false });
    }
    await spool.flush();
  }
  spool.emit('delivery.in_context', { turn, messages: [1] });
  await spool.flush();
  return count;
}

const receiptIsStored = () => expect.poll(() => stored('delivery.in_context').length, { timeout: 60_000 }).toBe(1);

test('a day without hived costs only space: everything is stored then, once and in order, and the space is free', async () => {
  const count = await aDay(15, 1_000);
  // Nothing waits in memory, and nothing was dropped.
  expect(spool.written()).toBe(count + 1);
  expect(await bytesOnDisk()).toBeLessThan(count * 1_300);
  isAway = false;
  await receiptIsStored();
  expect(stored('turn.text').map(({ text }) => Number(String(text).split(' ')[0]))).toEqual(
    Array.from({ length: count }, (_, index) => index + 1),
  );
  expect([stored('turn.noise'), stored('transcript.dropped')]).toEqual([[], []]);
  await expect.poll(bytesOnDisk).toBe(0);
}, 120_000);

test('more than the spool may have costs the oldest details, which are counted; receipts come, and hived drops nothing', async () => {
  const count = await aDay(3, 20_000);
  expect(await bytesOnDisk()).toBeLessThan(SPOOL_MAX_BYTES + 4 * 1_048_576);
  isAway = false;
  await receiptIsStored();
  const texts = stored('turn.text');
  const dropped = stored('turn.noise').reduce((sum, { lines }) => sum + Number(lines), 0);
  expect(texts.length).toBeGreaterThan(count / 2);
  // What was under way when its file was thinned is sent, and counts as dropped all the same.
  expect(texts.length + dropped).toBeGreaterThanOrEqual(count);
  expect(texts.length + dropped).toBeLessThan(count + 500);
  expect(String(texts.at(-1)?.['text'])).toMatch(RegExp(`^${count} `));
  expect(stored('transcript.dropped')).toEqual([]);
}, 120_000);
