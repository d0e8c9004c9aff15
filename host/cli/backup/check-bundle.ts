import { createHash } from 'node:crypto';
import { HiveError } from '../../../protocol/errors.ts';

/** Checks a git bundle while it passes by: its head, and git's checksum at the end of its pack. */
export interface BundleCheck {
  add(chunk: Buffer): void;
  /** The number of refs. Throws `invalid_input` when the bundle is not whole. */
  end(): { refs: number };
}

const MOST_HEAD_BYTES = 256 * 1024 * 1024;
const HASH_BYTES = 20;

/** git runs on nothing of it: that would be root's git on what agents pushed. */
export function checkBundle(): BundleCheck {
  let head = Buffer.alloc(0);
  let refs: number | null = null;
  const hash = createHash('sha1');
  /** The last bytes so far: the checksum, if nothing follows. */
  let tail = Buffer.alloc(0);
  let begin = Buffer.alloc(0);

  function addPack(chunk: Buffer): void {
    if (begin.length < 4) begin = Buffer.concat([begin, chunk.subarray(0, 4 - begin.length)]);
    const all = Buffer.concat([tail, chunk]);
    const rest = Math.max(0, all.length - HASH_BYTES);
    hash.update(all.subarray(0, rest));
    tail = Buffer.from(all.subarray(rest));
  }

  return {
    add(chunk) {
      if (refs !== null) return addPack(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\n\n');
      if (end < 0 && head.length > MOST_HEAD_BYTES) throw broken('it has no end of its list of refs');
      if (end < 0) return;
      refs = readHead(head.toString('utf8', 0, end));
      addPack(head.subarray(end + 2));
      head = Buffer.alloc(0);
    },
    end() {
      if (refs === null) throw broken('it ends within its list of refs');
      if (begin.toString('latin1') !== 'PACK') throw broken('it has no pack');
      if (!hash.digest().equals(tail)) throw broken('the checksum of its pack is another one');
      return { refs };
    },
  };
}

function readHead(text: string): number {
  const [first, ...lines] = text.split('\n');
  if (!/^# v[23] git bundle$/.test(first ?? '')) throw broken('it does not begin as one');
  if (lines.some((line) => line.startsWith('-'))) throw broken('it needs commits that are not in it');
  return lines.filter((line) => /^[0-9a-f]{40} refs\//.test(line)).length;
}

function broken(why: string): HiveError {
  return new HiveError('invalid_input', `That is no whole bundle: ${why}.`);
}
