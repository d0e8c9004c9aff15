import { createHash } from 'node:crypto';

/** Characters in one delta of a stream. */
const DELTA_CHARS = 1_000;

/** A text as the deltas of a stream, cut between characters, never inside one. */
export function* cutDeltas(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    let end = at + DELTA_CHARS;
    if (/[\uD800-\uDBFF]/.test(text[end - 1] ?? '')) end += 1;
    yield text.slice(at, end);
    at = end;
  }
}

/** An id made from a request: the same one for the same bytes. */
export function idOf(seed: Buffer): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, 24);
}
