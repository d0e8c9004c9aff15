import type { FileHandle } from 'node:fs/promises';
import { MAX_RAW_CHARS, type RawKind, type RawLimits } from '../../protocol/schemas/raw-lines.ts';
import { cutText } from '../../system/text/cut-text.ts';
import { createWriteQueue } from '../spool/write-queue.ts';
import { createMask } from './mask-secrets.ts';
import { openRawFile, pruneRawFiles, removeRawFile } from './raw-files.ts';

/** Keeps one line between the harness and a driver's program. Never waits and never fails. */
export type RecordRaw = (kind: RawKind, text: string, isCut?: boolean) => void;

/** Keeps the raw lines of turns in files, for `hivectl debug turn`. */
export interface RawLines {
  readonly record: RecordRaw;
  /** Lines from now on belong to this turn, until the next one begins. Lines before the first turn are not kept. */
  begin(turn: number): void;
  setLimits(limits: RawLimits): void;
  /** Deletes what is too old or too much. */
  tidy(): Promise<void>;
  /** Resolves when the lines so far are in files, or were given up. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A turn's files: its first segment and the newest ones, so that a long turn loses its middle. */
const SEGMENT_BYTES = 1024 * 1024;
const MOST_SEGMENTS = 4;
/** Lines wait in memory for the disk up to this number of characters; further ones are not kept. */
const MAX_PENDING_CHARS = 4 * 1024 * 1024;

interface Pending {
  readonly turn: number;
  readonly line: string;
}

/** The segment that is being written; without a file while none is open. */
interface Place {
  readonly turn: number;
  readonly segment: number;
  readonly file: FileHandle | null;
  bytes: number;
}

export function createRawLines(
  dir: string,
  options: {
    now: () => number;
    limits: RawLimits;
    /** Values that are masked in every line. */
    secrets: readonly string[];
    /** Lines could not be written; they are not kept. */
    onError: (error: unknown) => void;
    segmentBytes?: number;
  },
): RawLines {
  const { now, onError } = options;
  const mask = createMask(options.secrets);
  let { limits } = options;
  let turn: number | null = null;
  let lines = 0;
  let pending: Pending[] = [];
  let pendingChars = 0;
  let place: Place | null = null;
  let closed = false;
  const queue = createWriteQueue(writePending, onError);

  const record: RecordRaw = (kind, text, isCut = false) => {
    if (closed || turn === null || limits.days === 0) return;
    lines += 1;
    // The number counts all the same: the gap shows that lines are missing.
    if (pendingChars > MAX_PENDING_CHARS) return;
    const cut = cutText(mask(text), MAX_RAW_CHARS);
    const line = { n: lines, at: now(), kind, text: cut.text, isCut: isCut || cut.truncated };
    const json = `${JSON.stringify(line)}\n`;
    pending.push({ turn, line: json });
    pendingChars += json.length;
    queue.writeSoon();
  };

  async function writePending(): Promise<void> {
    const batch = pending;
    pending = [];
    pendingChars = 0;
    for (let start = 0; start < batch.length;) {
      const of = batch[start]?.turn ?? 0;
      const next = batch.findIndex((one, index) => index > start && one.turn !== of);
      const end = next === -1 ? batch.length : next;
      await append(of, batch.slice(start, end));
      start = end;
    }
  }

  /** Lines of a batch that fails are not kept; the next ones begin a segment, because the last line may be half. */
  async function append(of: number, batch: readonly Pending[]): Promise<void> {
    const most = Math.min(options.segmentBytes ?? SEGMENT_BYTES, (limits.mb * SEGMENT_BYTES) / MOST_SEGMENTS);
    let text = '';
    for (const [index, { line }] of batch.entries()) {
      text += line;
      if (text.length < most && index < batch.length - 1) continue;
      const bytes = Buffer.from(text);
      text = '';
      try {
        const to = await segmentFor(of, most);
        await to.file.appendFile(bytes);
        to.place.bytes += bytes.length;
      } catch (error) {
        if (place !== null) place.bytes = Infinity;
        throw error;
      }
    }
  }

  /** The turn's segment that has room for another line. */
  async function segmentFor(of: number, most: number): Promise<{ place: Place; file: FileHandle }> {
    if (place?.file != null && place.turn === of && place.bytes < most) return { place, file: place.file };
    const segment = place !== null && place.turn === of ? place.segment + 1 : 1;
    await closeFile();
    await pruneRawFiles(dir, { limits, now: now(), turn: of });
    place = { turn: of, segment, file: null, bytes: 0 };
    const file = await openRawFile(dir, of, segment);
    const opened: Place = { turn: of, segment, file, bytes: (await file.stat()).size };
    place = opened;
    const old = segment - MOST_SEGMENTS + 1;
    if (old > 1) await removeRawFile(dir, of, old);
    return { place: opened, file };
  }

  async function closeFile(): Promise<void> {
    const file = place?.file;
    if (place !== null) place = { ...place, file: null };
    await file?.close();
  }

  return {
    record,
    begin(next) {
      if (next !== turn) lines = 0;
      turn = next;
    },
    setLimits(next) {
      limits = next;
    },
    tidy: () => queue.run(() => pruneRawFiles(dir, { limits, now: now(), turn: limits.days === 0 ? null : turn })),
    flush: () => queue.write(),
    async close() {
      await queue.write();
      closed = true;
      await queue.run(closeFile);
    },
  };
}
