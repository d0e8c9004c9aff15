import { type FileHandle, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventData } from '../../protocol/schemas/event.ts';
import type { SpooledEvent } from '../../protocol/schemas/harness.ts';
import { type BootDir, bootDirName, listBootDirs, listSegments, openSegment, thinSegment } from './segments.ts';

/** Takes one line of the transcript. Never waits and never fails. */
export type Emit = <K extends SpooledEvent['kind']>(kind: K, data: EventData<K>) => void;

/** The events of this boot on their way to disk. What is written is sent by `sendSpool`. */
export interface Spool {
  readonly emit: Emit;
  readonly dir: BootDir;
  /** Boots before this one that left events behind, oldest first. */
  readonly olderBoots: readonly BootDir[];
  /** The newest sequence number that is in a file. */
  written(): number;
  /** Resolves when something beyond `seq` is in a file, or the signal fires. */
  waitBeyond(seq: number, signal: AbortSignal): Promise<void>;
  /** Starts a new segment, so that the old ones can be removed once acknowledged. */
  rotate(): Promise<void>;
  /** Segment files may have been rewritten when this number changed. */
  thinned(): number;
  flush(): Promise<void>;
  close(): Promise<void>;
}

const SEGMENT_BYTES = 1024 * 1024;

/**
 * Opens the spool. Lines go to the page cache without an fsync: that survives every death of the
 * harness or its box, and events are a transcript, not mail; a power cut may cost the last seconds.
 *
 * Over `maxBytes` (hived was away for long) transcript detail goes, oldest first, and one
 * `turn.noise` event says how many lines; receipts and states stay.
 */
export async function openSpool(
  spoolDir: string,
  options: { bootId: string; now: () => number; maxBytes: number; onError: (error: unknown) => void },
): Promise<Spool> {
  const { bootId, now, onError } = options;
  await mkdir(spoolDir, { recursive: true, mode: 0o700 });
  const olderBoots = await listBootDirs(spoolDir);
  const dir: BootDir = { bootId, path: join(spoolDir, bootDirName(now(), bootId)) };
  let lastSeq = 0;
  let writtenSeq = 0;
  let pending: string[] = [];
  let current: { file: FileHandle; bytes: number } | null = null;
  let chain: Promise<void> = Promise.resolve();
  let scheduled = false;
  let thinned = 0;
  let closed = false;
  const waiting = new Set<() => void>();

  const emit: Emit = (kind, data) => {
    if (closed) return;
    lastSeq += 1;
    pending.push(`${JSON.stringify({ seq: lastSeq, at: now(), kind, data })}\n`);
    if (scheduled) return;
    scheduled = true;
    void enqueue(writePending);
  };

  function enqueue(work: () => Promise<void>): Promise<void> {
    chain = chain.then(work).catch(onError);
    return chain;
  }

  async function writePending(): Promise<void> {
    scheduled = false;
    if (pending.length === 0) return;
    const lines = pending;
    const upTo = lastSeq;
    pending = [];
    if (current !== null && current.bytes >= SEGMENT_BYTES) await startSegment();
    current ??= await openCurrent(upTo - lines.length + 1);
    const bytes = Buffer.from(lines.join(''));
    await current.file.appendFile(bytes);
    current.bytes += bytes.length;
    writtenSeq = upTo;
    for (const wake of waiting) wake();
    waiting.clear();
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

  /** Called when a segment begins, so the check costs little and the newest segment is never touched. */
  async function makeRoom(): Promise<void> {
    const dirs = [...olderBoots, dir];
    const found = await Promise.all(dirs.map((boot) => listSegments(boot).catch(() => [])));
    let excess = found.flat().reduce((sum, segment) => sum + segment.bytes, 0) - options.maxBytes;
    let dropped = 0;
    for (const segment of found.flat()) {
      if (excess <= 0) break;
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
      sample: 'The spool was full: so many transcript lines were dropped.',
    });
  }

  return {
    emit,
    dir,
    olderBoots,
    written: () => writtenSeq,
    thinned: () => thinned,
    rotate: () => enqueue(startSegment),
    flush: async () => {
      await enqueue(writePending);
    },
    waitBeyond: (seq, signal) =>
      new Promise((resolve) => {
        if (writtenSeq > seq || signal.aborted) return resolve();
        const done = () => {
          signal.removeEventListener('abort', done);
          waiting.delete(done);
          resolve();
        };
        waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
        return undefined;
      }),
    close: async () => {
      await enqueue(writePending);
      closed = true;
      await enqueue(startSegment);
    },
  };
}
