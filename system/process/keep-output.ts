import { wholeLength, wholeStart } from '../text/utf8.ts';

/** Keeps part of a stream of bytes, for use in a message. */
export interface OutputKeeper {
  add(chunk: Buffer): void;
  /** The kept bytes, as UTF-8 without partial characters at the ends. */
  text(): string;
  /** Whether bytes were left out. */
  isCut(): boolean;
}

/** Keeps at most `maxBytes` of the added bytes: the start, or the end. */
export function keepOutput(side: 'start' | 'end', maxBytes: number): OutputKeeper {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let isCut = false;

  function add(chunk: Buffer): void {
    if (side === 'start') {
      const taken = chunk.subarray(0, maxBytes - bytes);
      isCut ||= taken.length < chunk.length;
      if (taken.length > 0) chunks.push(taken);
      bytes += taken.length;
      return;
    }
    chunks.push(chunk);
    bytes += chunk.length;
    // Joined only when twice the limit has arrived, so that many small chunks stay cheap.
    if (bytes > 2 * maxBytes) joinEnd();
  }

  function joinEnd(): void {
    const all = Buffer.concat(chunks);
    isCut ||= all.length > maxBytes;
    const kept = Buffer.from(all.subarray(Math.max(0, all.length - maxBytes)));
    chunks = [kept];
    bytes = kept.length;
  }

  return {
    add,
    isCut: () => isCut || bytes > maxBytes,
    text() {
      if (side === 'end' && bytes > maxBytes) joinEnd();
      const all = Buffer.concat(chunks);
      if (!isCut) return all.toString('utf8');
      return side === 'start' ? all.toString('utf8', 0, wholeLength(all)) : all.toString('utf8', wholeStart(all));
    },
  };
}
