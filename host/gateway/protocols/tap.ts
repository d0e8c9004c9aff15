import type { Meter } from './protocol.ts';
import { NO_BYTES } from './step.ts';
import { EMPTY_TALLY, type Tally } from './tally.ts';
import { parseJson } from '../../../system/text/parse-json.ts';

/** The longest event or plain answer that is parsed for its usage. Longer ones pass uncounted. */
export const MAX_READ_BYTES = 4 * 1024 * 1024;

/**
 * A meter for an answer that is one JSON value: until its end it counts nothing. `read` returns null for a value that is neither an answer nor an error.
 */
export function createWholeMeter(read: (said: unknown) => Tally | null): Meter {
  let chunks: Buffer[] = [];
  let size = 0;
  let tally: Tally | null = null;
  let unknown = false;
  /** An answer of the provider in which nothing could be counted; a page of somebody else on the way costs nothing. */
  let uncounted = false;
  let ended = false;
  const tooLong = () => size > MAX_READ_BYTES;

  function readTally(): Tally {
    if (!ended) return EMPTY_TALLY;
    if (tally !== null) return tally;
    const said = parseJson(Buffer.concat(chunks).toString('utf8'));
    const found = read(said);
    unknown = found === null;
    uncounted = unknown && said !== undefined;
    chunks = [];
    tally = found ?? EMPTY_TALLY;
    return tally;
  }

  return {
    take(chunk) {
      size += chunk.length;
      if (tooLong()) chunks = [];
      else chunks.push(chunk);
      return chunk;
    },
    end() {
      ended = true;
      return NO_BYTES;
    },
    tally: readTally,
    missed: () => !ended || tooLong() || unknown,
    gap() {
      readTally();
      return !ended || tooLong() || uncounted ? 'all' : 'none';
    },
  };
}
