import type { Needle } from './encode-secret.ts';

/** An occurrence of a needle: bytes `start` to `end` (exclusive). */
export interface Hit {
  readonly start: number;
  readonly end: number;
  /** The needle's index. */
  readonly needle: number;
}

/** Searches bytes for any of several needles at once. */
export interface NeedleSearch {
  /** All occurrences in the first `length` bytes, unordered; those of different needles may overlap. */
  findAll(bytes: Uint8Array, length: number): Hit[];
  /** The number of bytes at the end that may be the beginning of a needle. */
  unfinishedLength(bytes: Uint8Array): number;
}

/** The minimum length of a needle in bytes. */
export const SHORTEST_NEEDLE = 8;
/** A longer window moves further at once, and more blocks are in some window. */
const LONGEST_WINDOW = 16;
const BLOCK_BITS = 18;

/**
 * The algorithm of Wu and Manber ("A fast algorithm for multi-pattern searching", 1994) with blocks of three bytes:
 * a table says for each block how far the window may move, so most bytes are never looked at, and the number of
 * needles hardly matters. Where a window ends as a seed of a needle does, the whole needle is compared.
 *
 * A needle that may be wrapped has two seeds beside each other where it is long enough: a break in lines of twice the
 * window (at most 32 characters) or more cannot break both. Throws for a needle
 * of fewer than `SHORTEST_NEEDLE` bytes.
 */
export function createNeedleSearch(needles: readonly Needle[]): NeedleSearch {
  const window = chooseWindow(needles);
  const shifts = new Uint8Array(1 << BLOCK_BITS).fill(window - 2);
  const seeds = new Map<number, Seed[]>();
  const byFirst = new Map<number, Needle[]>();
  // Asked for each byte at the end of each chunk, where nearly all of them begin no needle.
  const isFirst = new Uint8Array(256);
  for (const [index, needle] of needles.entries()) {
    const { bytes, wraps } = needle;
    if (bytes.length < SHORTEST_NEEDLE) throw new Error(`a needle of ${bytes.length} bytes is too short to search for`);
    addTo(byFirst, bytes[0]!, needle);
    isFirst[bytes[0]!] = 1;
    // Keys of one provider begin alike; their ends distinguish them.
    const last = bytes.length - window;
    for (const from of wraps && last >= window ? [last, last - window] : [last]) {
      const end = from + window - 1;
      for (let at = from + 2; at <= end; at += 1) {
        const block = blockAt(bytes, at);
        shifts[block] = Math.min(shifts[block]!, end - at);
      }
      addTo(seeds, blockAt(bytes, end), { index, needle, from });
    }
  }
  const longest = Math.max(0, ...needles.map(({ bytes }) => bytes.length));
  // Lines of wrapped text are longer than this.
  const longestWrapped = longest + 4 * Math.ceil(longest / 16);

  /** The first position from `from` on where a window may end as a seed does; `length` or more when there is none. */
  function nextCandidate(bytes: Uint8Array, from: number, length: number): number {
    let at = from;
    while (at < length) {
      const shift = shifts[blockAt(bytes, at)]!;
      if (shift === 0) return at;
      at += shift;
    }
    return at;
  }

  return {
    findAll(bytes, length) {
      const hits: Hit[] = [];
      if (needles.length === 0) return hits;
      const ends = new Map<number, number>();
      for (let at = nextCandidate(bytes, window - 1, length); at < length; at = nextCandidate(bytes, at + 1, length)) {
        const candidates = seeds.get(blockAt(bytes, at));
        if (candidates === undefined) continue;
        for (const { index, needle, from } of candidates) {
          const hit = matchAround(bytes, length, { needle, from, at: at - window + 1 });
          // A second seed finds the same place again; what repeats within itself is found as replaceAll does.
          if (hit === null || hit.start < (ends.get(index) ?? 0)) continue;
          ends.set(index, hit.end);
          hits.push({ ...hit, needle: index });
        }
      }
      return hits;
    },
    unfinishedLength(bytes) {
      const { length } = bytes;
      for (let at = Math.max(0, length - longestWrapped); at < length; at += 1) {
        if (isFirst[bytes[at]!] === 0) continue;
        for (const needle of byFirst.get(bytes[at]!) ?? []) {
          const differs = !needle.wraps && at + 1 < length && bytes[at + 1] !== needle.bytes[1];
          if (!differs && matchForward(bytes, length, { needle, from: 0, at }) === 'unfinished') return length - at;
        }
      }
      return 0;
    },
  };
}

/** A window of a needle, from its byte `from`. */
interface Seed {
  readonly index: number;
  readonly needle: Needle;
  readonly from: number;
}

/** The needle's byte `from` is expected at `at` of the text. */
interface Place {
  readonly needle: Needle;
  readonly from: number;
  readonly at: number;
}

function matchAround(bytes: Uint8Array, length: number, place: Place): { start: number; end: number } | null {
  const end = matchForward(bytes, length, place);
  if (typeof end === 'string') return null;
  const start = matchBackward(bytes, place);
  return start === null ? null : { start, end };
}

/** The end of the needle in the text; `unfinished` when the text ends before the needle does. */
function matchForward(bytes: Uint8Array, length: number, place: Place): number | 'unfinished' | 'differs' {
  const { bytes: wanted, wraps } = place.needle;
  let at = place.at;
  for (let next = place.from; next < wanted.length; next += 1) {
    if (wraps && next > 0) at = skipBreak(bytes, length, at);
    if (at >= length) return 'unfinished';
    if (bytes[at] !== wanted[next]) return 'differs';
    at += 1;
  }
  return at;
}

function matchBackward(bytes: Uint8Array, { needle: { bytes: wanted, wraps }, from, at: place }: Place): number | null {
  let at = place;
  for (let next = from - 1; next >= 0; next -= 1) {
    at -= 1;
    if (wraps) at = skipBreakBackward(bytes, at);
    if (at < 0 || bytes[at] !== wanted[next]) return null;
  }
  return at;
}

const SPACES: ReadonlySet<number | undefined> = new Set(Buffer.from(' \t\r\n'));
const BACKSLASH = 0x5c;
/** In a text escaped for JSON a line break is a backslash with one of these. */
const ESCAPED_BREAKS: ReadonlySet<number | undefined> = new Set(Buffer.from('nrt'));

function skipBreak(bytes: Uint8Array, length: number, from: number): number {
  let at = from;
  for (;;) {
    if (at < length && SPACES.has(bytes[at])) at += 1;
    else if (bytes[at] === BACKSLASH && at + 1 < length && ESCAPED_BREAKS.has(bytes[at + 1])) at += 2;
    else if (bytes[at] === BACKSLASH && at + 1 === length) return length;
    else return at;
  }
}

function skipBreakBackward(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    if (at >= 0 && SPACES.has(bytes[at])) at -= 1;
    else if (at >= 1 && bytes[at - 1] === BACKSLASH && ESCAPED_BREAKS.has(bytes[at])) at -= 2;
    else return at;
  }
}

function blockAt(bytes: Uint8Array, last: number): number {
  const block = bytes[last - 2]! | (bytes[last - 1]! << 8) | (bytes[last]! << 16);
  return Math.imul(block, 0x9e3779b1) >>> (32 - BLOCK_BITS);
}

/** Half the shortest needle, so that two seeds fit into it, but within the limits. */
function chooseWindow(needles: readonly Needle[]): number {
  const fits = needles.map(({ bytes, wraps }) => (wraps ? Math.floor(bytes.length / 2) : bytes.length));
  return Math.max(SHORTEST_NEEDLE, Math.min(LONGEST_WINDOW, ...fits));
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
