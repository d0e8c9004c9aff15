import { Decompress } from 'fzstd';
import { createZstdSplitter } from './split-zstd.ts';
import { UnreadableBodyError } from './unreadable-body.ts';

/**
 * Decodes zstd (RFC 8878), which Node 20 cannot: each block on its own, and only when the reader has taken the one
 * before. Checksums are not verified: TCP and TLS do that.
 */
export async function* unzstd(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoded: Uint8Array[] = [];
  const decoder = new Decompress((bytes) => {
    decoded.push(bytes);
  });
  const decode = (piece: Uint8Array, isLast: boolean): Buffer => {
    decoder.push(piece, isLast);
    const bytes = Buffer.concat(decoded);
    decoded = [];
    return bytes;
  };
  const splitter = createZstdSplitter();
  for await (const chunk of packed)
    for (const piece of splitter.cut(chunk)) {
      const bytes = decode(piece, false);
      if (bytes.length > 0) yield bytes;
    }
  if (!splitter.isWhole()) throw new UnreadableBodyError('zstd: it ends early');
  // A frame of a few bytes is held back until the end.
  const rest = decode(new Uint8Array(0), true);
  if (rest.length > 0) yield rest;
}
