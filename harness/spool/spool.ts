import { type FileHandle, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventData } from '../../protocol/schemas/event.ts';
import type { SpooledEvent } from '../../protocol/schemas/harness.ts';
import { backoffMs } from '../../system/backoff.ts';
import {
  type BootDir,
  bootDirName,
  isDetail,
  listBootDirs,
  listSegments,
  openSegment,
  thinSegment,
} from './segments.ts';
import { createWakeups } from '../../system/pause.ts';
import { createWriteQueue } from './write-queue.ts';

/** Adds one line to the transcript. Never waits and never fails. */
export type Emit = <K extends SpooledEvent['kind']>(kind: K, data: EventData<K>) => void;

/** Writes this boot's events to disk, from where `sendSpool` sends them. */
export interface Spool {
  readonly emit: Emit;
  readonly dir: BootDir;
  /** Earlier boots with remaining events, oldest first. */
  readonly olderBoots: readonly BootDir[];
  /** The newest sequence number that is in a file. */
  written(): number;
  /** Resolves when an event beyond `seq` is in a file, or the signal aborts. */
  waitBeyond(seq: number, signal: AbortSignal): Promise<void>;
  /** hived has all events up to this one. */
  noteSent(seq: number): void;
  /** Resolves when hived has every event so far, after `forMs`, or when the signal aborts. */
  waitSent(forMs: number, signal: AbortSignal): Promise<void>;
  /** Starts a new segment, so that the old ones can be removed once acknowledged. */
  rotate(): Promise<void>;
  /** Changes when segment files may have been rewritten. */
  thinned(): number;
  flush(): Promise<void>;
  close(): Promise<void>;
}

const SEGMENT_BYTES = 1024 * 1024;
/**
 * Unwritten events wait in memory up to this number of characters; then details of the transcript are dropped, oldest
 * first.
 */
const MAX_PENDING_CHARS = 8 * 1024 * 1024;
const MAX_AGE_MS = 7 * 86_400_000;
const RETRY = { firstMs: 1_000, maxMs: 30_000 };

interface Pending {
  readonly seq: number;
  readonly kind: SpooledEvent['kind'];
  readonly line: string;
}

/**
 * Opens the spool. Lines go to the page cache without an fsync: that survives every death of the harness or its box,
 * and events are a transcript, not mail; a power cut may cost the last seconds.
 *
 * Over `maxBytes` (hived was down for long) transcript detail is dropped, oldest first, as it is in segments that were
 * last written a week ago; one `turn.noise` event gives the number of lines; receipts and states stay. Events that a full or broken disk refuses wait in memory and
 * are retried, with the same limit and rule.
 */
export async function openSpool(
  spoolDir: string,
  options: {
    bootId: string;
    now: () => number;
    maxBytes: number;
    onError: (error: unknown) => void;
    maxPendingChars?: number;
  },
): Promise<Spool> {
  const { bootId, now, onError } = options;
  await mkdir(spoolDir, { recursive: true, mode: 0o700 });
  const olderBoots = await listBootDirs(spoolDir);
  const dir: BootDir = { bootId, path: join(spoolDir, bootDirName(now(), bootId)) };
  let lastSeq = 0;
  let writtenSeq = 0;
  let sentSeq = 0;
  let pending: Pending[] = [];
  let pendingChars = 0;
  let failures = 0;
  let retry: NodeJS.Timeout | null = null;
  let current: { file: FileHandle; bytes: number } | null = null;
  let thinned = 0;
  let closed = false;
  const queue = createWriteQueue(writePending, onError);
  const written = createWakeups();
  const sent = createWakeups();

  const emit: Emit = (kind, data) => {
    if (closed) return;
    lastSeq += 1;
    const line = `${JSON.stringify({ seq: lastSeq, at: now(), kind, data })}\n`;
    pending.push({ seq: lastSeq, kind, line });
    pendingChars += line.length;
    if (retry !== null) boundPending();
    if (retry === null) queue.writeSoon();
  };

  async function writePending(): Promise<void> {
    if (pending.length === 0) return;
    if (retry !== null) clearTimeout(retry);
    retry = null;
    const batch = pending;
    pending = [];
    pendingChars = 0;
    try {
      await append(batch);
    } catch (error) {
      pending = [...batch, ...pending];
      pendingChars = pending.reduce((sum, { line }) => sum + line.length, 0);
      failures += 1;
      retry = setTimeout(() => void queue.write(), backoffMs(failures, RETRY, Math.random())).unref();
      throw error;
    }
    failures = 0;
    writtenSeq = batch.at(-1)?.seq ?? writtenSeq;
    written.wake();
  }

  /** Appends the whole batch or, if the disk can still be truncated, nothing: a half line would absorb the next one. */
  async function append(batch: readonly Pending[]): Promise<void> {
    if (current !== null && current.bytes >= SEGMENT_BYTES) await startSegment();
    current ??= await openCurrent(batch[0]?.seq ?? 0);
    const bytes = Buffer.from(batch.map(({ line }) => line).join(''));
    const { file } = current;
    try {
      await file.appendFile(bytes);
    } catch (error) {
      // A segment that cannot be truncated is left; its lines are written again in the next one.
      await file.truncate(current.bytes).catch(() => startSegment().catch(() => undefined));
      throw error;
    }
    current.bytes += bytes.length;
  }

  function boundPending(): void {
    const most = options.maxPendingChars ?? MAX_PENDING_CHARS;
    if (pendingChars <= most) return;
    let excess = pendingChars - most / 2;
    const before = pending.length;
    pending = pending.filter(({ kind, line }) => {
      if (excess <= 0 || !isDetail(kind)) return true;
      excess -= line.length;
      return false;
    });
    pendingChars = pending.reduce((sum, { line }) => sum + line.length, 0);
    const dropped = before - pending.length;
    const sample = 'The spool could not be written: so many transcript lines were dropped.';
    if (dropped > 0) emit('turn.noise', { turn: null, lines: dropped, sample });
  }

  async function openCurrent(first: number) {
    await makeRoom();
    return { file: (await openSegment(dir, first)).file, bytes: 0 };
  }

  async function startSegment(): Promise<void> {
    const old = current;
    current = null;
    await old?.file.close();
  }

  /** Called when a segment begins, so the check is cheap and the newest segment is never touched. */
  async function makeRoom(): Promise<void> {
    const dirs = [...olderBoots, dir];
    const found = await Promise.all(dirs.map((boot) => listSegments(boot).catch(() => [])));
    let excess = found.flat().reduce((sum, segment) => sum + segment.bytes, 0) - options.maxBytes;
    let dropped = 0;
    for (const segment of found.flat()) {
      if (excess <= 0 && segment.at >= now() - MAX_AGE_MS) continue;
      const before = segment.bytes;
      const gone = await thinSegment(segment);
      if (gone === 0) continue;
      dropped += gone;
      excess -= before;
    }
    if (dropped === 0) return;
    thinned += 1;
    emit('turn.noise', {
      turn: null,
      lines: dropped,
      sample: 'The spool was full, or a week old: so many transcript lines were dropped.',
    });
  }

  return {
    emit,
    dir,
    olderBoots,
    written: () => writtenSeq,
    thinned: () => thinned,
    rotate: () => queue.run(startSegment),
    flush: () => queue.write(),
    waitBeyond: async (seq, signal) => {
      if (writtenSeq <= seq) await written.wait(Infinity, signal);
    },
    noteSent(seq) {
      sentSeq = Math.max(sentSeq, seq);
      sent.wake();
    },
    async waitSent(forMs, signal) {
      const want = lastSeq;
      const over = AbortSignal.any([signal, AbortSignal.timeout(forMs)]);
      const isSent = () => sentSeq >= want;
      while (!isSent() && !over.aborted) await sent.wait(Infinity, over);
    },
    close: async () => {
      await queue.write();
      if (retry !== null) clearTimeout(retry);
      closed = true;
      await queue.run(startSegment);
    },
  };
}
