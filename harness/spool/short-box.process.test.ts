import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { SpooledEvent } from '../../protocol/schemas/harness.ts';
import { withoutDescriptors } from '../../system/testing/no-descriptors.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { sendSpool } from './send-spool.ts';
import { openSpool } from './spool.ts';

test('a box without descriptors only delays events', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hive-spool-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const failures: unknown[] = [];
  const onError = (error: unknown) => failures.push(error);
  const spool = await openSpool(dir, { bootId: randomUUID(), now: Date.now, maxBytes: 1_000_000, onError });
  const got: number[] = [];
  const hive = {
    call: async (_name: string, { events }: { events: SpooledEvent[] }) => {
      got.push(...events.map(({ seq }) => seq));
      return { acked: events.at(-1)?.seq ?? 0 };
    },
    close: () => undefined,
  } as unknown as HiveClient;
  const emit = () => spool.emit('turn.text', { turn: 1, text: 'x', truncated: false });
  const stop = new AbortController();
  emit();
  await spool.flush();

  const sending = await withoutDescriptors(async (end) => {
    const running = sendSpool({ hive, spool, signal: stop.signal, onRefused: () => undefined });
    emit();
    // A new segment cannot be opened: its events wait in memory.
    await spool.rotate();
    emit();
    await expect.poll(() => failures.length).toBeGreaterThan(0);
    expect(failures[0]).toMatchObject({ code: 'EMFILE' });
    expect(got).toEqual([]);
    await end();
    return { running };
  });
  await expect.poll(() => got).toEqual([1, 2, 3]);
  stop.abort();
  await sending.running;
  await spool.close();
});
