import { NO_BYTES, type Step } from '../protocols/step.ts';

/** What stands where a key stood. */
const REDACTED = '[redacted]';

/** Takes a key out of a text, as it is and in the forms it takes inside JSON and URLs. */
export function redactText(text: string, key: string): string {
  return formsOf(key).reduce((rest, form) => rest.replaceAll(form, REDACTED), text);
}

/**
 * Takes a key out of the bytes that pass, also where it is spread over several chunks.
 *
 * Only bytes that may be the beginning of a key are held back until the next chunk decides, so an
 * event of a stream is never late. At the end such a beginning passes if it did not become a key.
 */
export function createRedaction(key: string): Step {
  const needles = formsOf(key).map((form) => Buffer.from(form));
  const replacement = Buffer.from(REDACTED);
  let held = NO_BYTES;
  return {
    take(chunk) {
      let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const passed: Buffer[] = [];
      for (let hit = findFirst(rest, needles); hit !== null; hit = findFirst(rest, needles)) {
        passed.push(rest.subarray(0, hit.at), replacement);
        rest = rest.subarray(hit.at + hit.length);
      }
      const keep = longestBeginning(rest, needles);
      // A copy: a held subarray would keep its whole chunk in memory.
      held = keep === 0 ? NO_BYTES : Buffer.from(rest.subarray(rest.length - keep));
      if (keep > 0) rest = rest.subarray(0, rest.length - keep);
      return passed.length === 0 ? rest : Buffer.concat([...passed, rest]);
    },
    end: () => held,
  };
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
  for (const needle of needles) {
    const [first = 0] = needle;
    // Only where its first byte stands can it begin.
    for (
      let at = bytes.indexOf(first, Math.max(0, bytes.length - needle.length + 1));
      at !== -1 && bytes.length - at > longest;
      at = bytes.indexOf(first, at + 1)
    )
      if (bytes.compare(needle, 0, bytes.length - at, at) === 0) longest = bytes.length - at;
  }
  return longest;
}
