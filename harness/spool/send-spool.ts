import { setTimeout as wait } from 'node:timers/promises';
import { HiveError } from '../../protocol/errors.ts';
import type { SpooledEvent } from '../../protocol/schemas/harness.ts';
import { backoffMs } from '../../system/backoff.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { retryWhileAway } from '../hive-link/retry.ts';
import {
  type BootDir,
  type Segment,
  type SegmentRead,
  listSegments,
  readSegment,
  removeBootDir,
  removeSegment,
} from './segments.ts';
import type { Spool } from './spool.ts';

const MAX_EVENTS = 500;
const MAX_BATCH_BYTES = 256 * 1024;
/** Size at which an acknowledged segment is closed so that it can be deleted. */
const ROTATE_BYTES = 128 * 1024;
/** Temporary shortages of the box: the file itself is fine. */
const SHORT: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);
const RETRY = { firstMs: 100, maxMs: 10_000 };

interface Sender {
  hive: HiveClient;
  spool: Spool;
  signal: AbortSignal;
  onRefused: (event: SpooledEvent, error: HiveError) => void;
}

/**
 * Sends everything in the spool, in order, older boots first under their own boot ids, until the signal aborts.
 * Acknowledged segments are removed. Only events in a file are sent. A shortage of descriptors or memory only delays
 * it; anything that the agent put in a file's place is skipped.
 */
export async function sendSpool(sender: Sender): Promise<void> {
  try {
    for (const dir of sender.spool.olderBoots) {
      await sendBoot(sender, dir, () => Promise.resolve(false));
      await removeBootDir(dir);
    }
    const { spool, signal } = sender;
    await sendBoot(sender, spool.dir, async (seen) => {
      await spool.waitBeyond(seen, signal);
      return !signal.aborted;
    });
  } catch (error) {
    if (!sender.signal.aborted) throw error;
  }
}

/** Sends one boot's segments. At their end `goOn(last seen sequence number)` decides whether to check again. */
async function sendBoot(sender: Sender, dir: BootDir, goOn: (seen: number) => Promise<boolean>): Promise<void> {
  const { spool, signal } = sender;
  let acked = 0;
  let place: { path: string; offset: number; thinned: number } | null = null;
  for (;;) {
    signal.throwIfAborted();
    const seen = spool.written();
    const segments = await readOr<Segment[]>([], signal, () => listSegments(dir));
    const at: Segment | undefined =
      place === null ? segments[0] : segments.find((segment) => segment.path === place?.path);
    if (at === undefined) {
      if (place !== null && segments.length > 0) place = null;
      else if (!(await goOn(seen))) return;
      continue;
    }
    const offset: number =
      place !== null && place.thinned === spool.thinned() && place.offset <= at.bytes ? place.offset : 0;
    const from = { offset, maxBytes: MAX_BATCH_BYTES, maxEvents: MAX_EVENTS };
    const read: SegmentRead = await readOr({ events: [], nextOffset: offset }, signal, () =>
      readSegment(at.path, from),
    );
    const fresh = read.events.filter((event) => event.seq > acked);
    if (fresh.length > 0) acked = Math.max(acked, await deliver(sender, { bootId: dir.bootId, events: fresh }));
    if (dir === spool.dir) spool.noteSent(acked);
    const progressed = read.nextOffset > offset;
    place = { path: at.path, offset: read.nextOffset, thinned: spool.thinned() };
    if (progressed) continue;

    // No whole line is left in this segment: go to the next, or wait.
    const next: Segment | undefined = segments[segments.indexOf(at) + 1];
    if (next !== undefined) {
      await tryRemove(at);
      place = { path: next.path, offset: 0, thinned: spool.thinned() };
      continue;
    }
    if (dir === spool.dir && at.bytes >= ROTATE_BYTES && acked >= spool.written()) {
      await spool.rotate();
      if (acked >= spool.written() && (await tryRemove(at))) place = null;
    }
    if (!(await goOn(seen))) return;
  }
}

function tryRemove(segment: Segment): Promise<boolean> {
  return removeSegment(segment).then(
    () => true,
    () => false,
  );
}

/** Reads a part of the spool, retrying during a shortage of the box; `unreadable` when it cannot be read at all. */
async function readOr<T>(unreadable: T, signal: AbortSignal, read: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await read();
    } catch (error) {
      if (!SHORT.has((error as NodeJS.ErrnoException).code ?? '')) return unreadable;
    }
    await wait(backoffMs(failures, RETRY, Math.random()), undefined, { signal });
  }
}

/**
 * Sends one batch, retrying while hived is down. A batch that hived refuses, or fails on each time, is halved until
 * the offending event is found; that one is dropped, reported to `onRefused` and counted in a `turn.noise` event.
 */
async function deliver(sender: Sender, batch: { bootId: string; events: SpooledEvent[] }): Promise<number> {
  const { hive, spool, signal, onRefused } = sender;
  const last = batch.events.at(-1)?.seq ?? 0;
  try {
    await retryWhileAway(() => hive.call('spool', batch, { signal, timeoutMs: 60_000 }), { signal });
    return last;
  } catch (error) {
    if (!(error instanceof HiveError)) throw error;
    const [only] = batch.events;
    if (batch.events.length === 1 && only !== undefined) {
      onRefused(only, error);
      // The notice itself may be the event that hived refuses.
      if (only.kind !== 'turn.noise')
        spool.emit('turn.noise', { turn: null, lines: 1, sample: `hived did not take an event: ${error.code}` });
      return last;
    }
    const half = Math.ceil(batch.events.length / 2);
    for (const events of [batch.events.slice(0, half), batch.events.slice(half)])
      await deliver(sender, { bootId: batch.bootId, events });
    return last;
  }
}
