import { Transform } from 'node:stream';

/** What stands where a key stood. */
const REDACTED = '[redacted]';

/** Takes a key out of a text, as it is and in the forms it takes inside JSON and URLs. */
export function redactText(text: string, key: string): string {
  return formsOf(key).reduce((rest, form) => rest.replaceAll(form, REDACTED), text);
}

/**
 * A stream that takes a key out of the bytes that pass, also where it is spread over several chunks.
 *
 * Only bytes that may be the beginning of a key are held back until the next chunk decides, so an
 * event of a stream is never late. At the end such a beginning passes if it did not become a key.
 */
export function createRedaction(key: string): Transform {
  const needles = formsOf(key).map((form) => Buffer.from(form));
  const replacement = Buffer.from(REDACTED);
  let held = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (let hit = findFirst(rest, needles); hit !== null; hit = findFirst(rest, needles)) {
        this.push(rest.subarray(0, hit.at));
        this.push(replacement);
        rest = rest.subarray(hit.at + hit.length);
      }
      const keep = longestBeginning(rest, needles);
      // A copy: a held subarray would keep its whole chunk in memory.
      held = Buffer.from(rest.subarray(rest.length - keep));
      if (rest.length > keep) this.push(rest.subarray(0, rest.length - keep));
      done();
    },
    flush(done) {
      if (held.length > 0) this.push(held);
      done();
    },
  });
}

/** Longest first, so that a form that begins another does not cut it in half. */
function formsOf(key: string): string[] {
  const forms = new Set([key, JSON.stringify(key).slice(1, -1), encodeURIComponent(key)]);
  return [...forms].sort((a, b) => b.length - a.length);
}

function findFirst(bytes: Buffer, needles: readonly Buffer[]): { at: number; length: number } | null {
  let first: { at: number; length: number } | null = null;
  for (const needle of needles) {
    const at = bytes.indexOf(needle);
    if (at !== -1 && (first === null || at < first.at)) first = { at, length: needle.length };
  }
  return first;
}

/** The length of the longest end of `bytes` that is a proper beginning of a needle. */
function longestBeginning(bytes: Buffer, needles: readonly Buffer[]): number {
  let longest = 0;
  for (const needle of needles)
    for (let length = Math.min(needle.length - 1, bytes.length); length > longest; length -= 1)
      if (bytes.subarray(bytes.length - length).equals(needle.subarray(0, length))) longest = length;
  return longest;
}
