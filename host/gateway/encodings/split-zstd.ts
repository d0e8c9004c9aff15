import { UnreadableBodyError } from './unreadable-body.ts';

/** The largest window of zstd as a content encoding (RFC 9659); a decoder needs as much memory. */
const MAX_WINDOW_BYTES = 8 * 1024 * 1024;
/** The most that one block may decode to (RFC 8878, 3.1.1.2.4). */
const MAX_BLOCK_BYTES = 128 * 1024;
const CHECKSUM_BYTES = 4;
export const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** Cuts zstd bytes into pieces. Frames that need more memory than the encoding allows are refused before that. */
export interface ZstdSplitter {
  /** The pieces that are complete now. Throws an UnreadableBodyError. */
  cut(chunk: Buffer): Generator<Buffer>;
  /** Whether everything so far is whole frames. */
  isWhole(): boolean;
}

/**
 * Each piece is a frame's header, a block or a checksum, so that it decodes to 128 KiB at most: a decoder that is given
 * one after the other can be stopped in time, however far the bytes expand.
 */
export function createZstdSplitter(): ZstdSplitter {
  let held: Buffer = Buffer.alloc(0);
  let part: 'frame' | 'block' | 'checksum' = 'frame';
  let hasChecksum = false;

  /** The length of the next piece; null when its beginning is not complete yet. */
  function measure(bytes: Buffer): number | null {
    if (part === 'checksum') return CHECKSUM_BYTES;
    if (part === 'block') return bytes.length < 3 ? null : measureBlock(bytes.readUIntLE(0, 3));
    return measureHeader(bytes);
  }

  function advance(piece: Buffer): void {
    if (part === 'frame') {
      hasChecksum = ((piece[ZSTD_MAGIC.length] ?? 0) & 4) !== 0;
      part = 'block';
    } else if (part === 'checksum') part = 'frame';
    else if (((piece[0] ?? 0) & 1) !== 0) part = hasChecksum ? 'checksum' : 'frame';
  }

  return {
    *cut(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (;;) {
        const length = measure(held);
        if (length === null || held.length < length) return;
        const piece = held.subarray(0, length);
        held = held.subarray(length);
        advance(piece);
        yield piece;
      }
    },
    isWhole: () => part === 'frame' && held.length === 0,
  };
}

/** RFC 8878, 3.1.1.2: whether it is the last, its type, and its size. */
function measureBlock(header: number): number {
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (type === 3 || size > MAX_BLOCK_BYTES) throw new UnreadableBodyError('zstd: not a block');
  // One byte is repeated.
  return 3 + (type === 1 ? 1 : size);
}

/** RFC 8878, 3.1.1.1: the magic number, a descriptor, a window's size and the content's, either of which may be absent. */
function measureHeader(bytes: Buffer): number | null {
  const seen = Math.min(bytes.length, ZSTD_MAGIC.length);
  if (!bytes.subarray(0, seen).equals(ZSTD_MAGIC.subarray(0, seen))) throw new UnreadableBodyError('zstd: no frame');
  const descriptor = bytes[ZSTD_MAGIC.length];
  if (descriptor === undefined) return null;
  if ((descriptor & 0b1011) !== 0) throw new UnreadableBodyError('zstd: a dictionary, or a reserved bit');
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const at = ZSTD_MAGIC.length + 1;
  const length = at + (isSingle ? 0 : 1) + sizeBytes;
  if (bytes.length < length) return null;
  const window = isSingle ? readSize(bytes.subarray(at, length)) : readWindow(bytes[at] ?? 0);
  if (window > MAX_WINDOW_BYTES) throw new UnreadableBodyError('zstd: a window over 8 MiB');
  return length;
}

function readSize(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE());
  // Two bytes count from 256.
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

function readWindow(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
