/** A text, and whether it was cut. */
export interface CutText {
  readonly text: string;
  readonly truncated: boolean;
}

/**
 * The beginning of a text, of at most `max` UTF-16 code units: never part of what people see as one character (a letter
 * with its accents, an emoji of several code points), and well-formed if the text is.
 */
export function cutText(text: string, max: number): CutText {
  if (text.length <= max) return { text, truncated: false };
  return { text: text.slice(0, boundaryBefore(text, max)), truncated: true };
}

/** The beginning of a text for people: cut as by `cutText`, with "…" within `max` when something is left out. */
export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${cutText(text, max - 1).text}…`;
}

/** The end of a text, of at most `max` UTF-16 code units, cut where `cutText` would cut. */
export function cutStart(text: string, max: number): CutText {
  if (text.length <= max) return { text, truncated: false };
  const from = text.length - max;
  const boundary = boundaryBefore(text, from);
  return { text: text.slice(boundary === from ? from : boundaryAfter(text, from)), truncated: true };
}

/** Longer than any character in real text: longer ones are cut between code points. */
const LONGEST_CHARACTER = 64;
/** Created once, at its first use: it costs 12 ms and 3 MB, and most processes never cut beside a letter that combines. */
let characters: Intl.Segmenter | undefined;

/** The last place at or before `at` between two characters. */
function boundaryBefore(text: string, at: number): number {
  if (isPlainBoundary(text, at)) return at;
  const { start } = characterAt(text, at);
  if (start > at - LONGEST_CHARACTER) return start;
  return isLowSurrogate(text.charCodeAt(at)) ? at - 1 : at;
}

/** The first place at or after `at` between two characters. */
function boundaryAfter(text: string, at: number): number {
  const { end } = characterAt(text, at);
  if (end < at + LONGEST_CHARACTER) return end;
  return isLowSurrogate(text.charCodeAt(at)) ? at + 1 : at;
}

/** A fast path: most cuts are seen to be good without Unicode's tables. */
function isPlainBoundary(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return isPlain(before) && isPlain(after) && !(before === 13 && after === 10);
}

/** Latin, and CJK ideographs: they never combine with a neighbour. */
function isPlain(code: number): boolean {
  return code < 0x300 || (code >= 0x3400 && code < 0xa000);
}

/**
 * Start and end of the character that contains `at`, determined from its surroundings: long texts are not read from the
 * start.
 */
function characterAt(text: string, at: number): { start: number; end: number } {
  let from = Math.max(0, at - 1);
  while (from > 0 && from > at - LONGEST_CHARACTER && !isPlainBoundary(text, from)) from -= 1;
  const near = text.slice(from, at + LONGEST_CHARACTER);
  characters ??= new Intl.Segmenter();
  const found = characters.segment(near).containing(at - from);
  if (found === undefined) return { start: at, end: at };
  return { start: from + found.index, end: from + found.index + found.segment.length };
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
