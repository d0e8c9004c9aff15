import { NO_BYTES, type Step } from '../protocols/step.ts';
import { ZSTD_MAGIC } from './split-zstd.ts';
import { UnreadableBodyError } from './unreadable-body.ts';

export const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** Compressed bytes under no label cannot be looked through: such a body breaks off. */
export function refusePacked(): Step {
  let head: Buffer = NO_BYTES;
  return {
    take(bytes) {
      if (head.length >= ZSTD_MAGIC.length) return bytes;
      head = Buffer.concat([head, bytes.subarray(0, ZSTD_MAGIC.length)]);
      if (startsWith(head, GZIP_MAGIC) || startsWith(head, ZSTD_MAGIC))
        throw new UnreadableBodyError('compressed without a label');
      return bytes;
    },
    end: () => NO_BYTES,
  };
}

export function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}
