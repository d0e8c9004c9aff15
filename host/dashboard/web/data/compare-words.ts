import { diffWordsWithSpace } from 'diff';
import type { DiffLine } from './read-diff.ts';

/** A piece of a line; `changed`: this is what makes the line another one. */
export interface DiffPiece {
  readonly text: string;
  readonly changed: boolean;
}

/** What differs between two lines is compared word by word up to this length (characters) and this many words. */
const MOST_COMPARED = 500;
const MOST_WORDS = 120;

/** Both lines in pieces; null: they are too long, or have too little in common to be one line that was changed. */
export function compareWords(old: string, now: string): { old: DiffPiece[]; now: DiffPiece[] } | null {
  const { head, tail } = commonEnds(old, now);
  const [oldMiddle, newMiddle] = [old, now].map((text) => text.slice(head, text.length - tail)) as [string, string];
  if (Math.max(oldMiddle.length, newMiddle.length) > MOST_COMPARED) return null;
  const parts = diffWordsWithSpace(oldMiddle, newMiddle, { maxEditLength: MOST_WORDS });
  if (parts === undefined) return null;
  const [before, after] = [old.slice(0, head), old.slice(old.length - tail)];
  const kept = [before, ...parts.filter((part) => !part.added && !part.removed).map(({ value }) => value), after];
  const inCommon = kept.reduce((sum, text) => sum + text.trim().length, 0);
  if (inCommon * 3 < Math.max(old.trim().length, now.trim().length)) return null;
  const piecesOf = (other: 'added' | 'removed', own: 'added' | 'removed') =>
    [
      { text: before, changed: false },
      ...parts.filter((part) => !part[other]).map((part) => ({ text: part.value, changed: part[own] })),
      { text: after, changed: false },
    ].filter(({ text }) => text !== '');
  return { old: piecesOf('added', 'removed'), now: piecesOf('removed', 'added') };
}

/** How much two texts have in common at their beginning and at their end, in whole words. */
function commonEnds(old: string, now: string): { head: number; tail: number } {
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head] === now[head]) head += 1;
  while (head > 0 && (isWithinWord(old, head) || isWithinWord(now, head))) head -= 1;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  while (tail > 0 && (isWithinWord(old, old.length - tail) || isWithinWord(now, now.length - tail))) tail -= 1;
  return { head, tail };
}

const OF_WORDS = /[\p{L}\p{M}\p{N}\p{Cs}_]/u;

/** Whether a cut there would part a word, or a character. */
function isWithinWord(text: string, at: number): boolean {
  return OF_WORDS.test(text[at - 1] ?? '') && OF_WORDS.test(text[at] ?? '');
}

/** Runs with more pairs of lines than this, and lines with more words, are not looked at for likeness. */
const MOST_PAIRS = 900;
const MOST_LOOKED_AT = 60;
/** Less alike lines do not belong together (0 to 1). */
const LEAST_ALIKE = 0.4;

/**
 * Finds the line that another one replaces or that replaces it; -1: none. In a run of removed lines followed by added ones,
 * those belong together that are most alike, in order; in a long run, the first to the first, and so on. A run is looked
 * at when one of its lines is asked for.
 */
export function createPairs(lines: readonly (Pick<DiffLine, 'is' | 'text'> | null)[]): (at: number) => number {
  const partners = new Int32Array(lines.length).fill(UNKNOWN);
  const isAt = (at: number, is: DiffLine['is']) => lines[at]?.is === is;
  const findRun = (at: number): Run => {
    let start = at;
    while (isAt(start - 1, 'added')) start -= 1;
    while (isAt(start - 1, 'removed')) start -= 1;
    let middle = start;
    while (isAt(middle, 'removed')) middle += 1;
    let end = middle;
    while (isAt(end, 'added')) end += 1;
    return { start, middle, end };
  };
  return (at) => {
    if (!isAt(at, 'removed') && !isAt(at, 'added')) return -1;
    if (partners[at] === UNKNOWN) {
      const run = findRun(at);
      partners.fill(-1, run.start, run.end);
      for (const [removed, added] of pairRun(lines, run)) {
        partners[removed] = added;
        partners[added] = removed;
      }
    }
    return partners[at] ?? -1;
  };
}

const UNKNOWN = -2;

/** Removed lines from `start`, added ones from `middle`. */
interface Run {
  readonly start: number;
  readonly middle: number;
  readonly end: number;
}

function pairRun(lines: readonly (Pick<DiffLine, 'text'> | null)[], { start, middle, end }: Run): [number, number][] {
  const [removed, added] = [middle - start, end - middle];
  if (removed * added === 1 || removed * added > MOST_PAIRS)
    return Array.from({ length: Math.min(removed, added) }, (_, n) => [start + n, middle + n]);
  const words = lines.slice(start, end).map((line) => wordsOf(line?.text ?? ''));
  // How alike the lines are, in all, that are paired from these two on.
  const best = Array.from({ length: removed + 1 }, () => new Float64Array(added + 1));
  const alike = (old: number, now: number) => {
    const share = likeness(words[old] ?? [], words[removed + now] ?? []);
    return share < LEAST_ALIKE ? 0 : share;
  };
  const both = (old: number, now: number) => alike(old, now) + (best[old + 1]?.[now + 1] ?? 0);
  for (let old = removed - 1; old >= 0; old -= 1)
    for (let now = added - 1; now >= 0; now -= 1)
      best[old]![now] = Math.max(best[old + 1]?.[now] ?? 0, best[old]?.[now + 1] ?? 0, both(old, now));
  const pairs: [number, number][] = [];
  for (let old = 0, now = 0; old < removed && now < added;) {
    if (alike(old, now) > 0 && both(old, now) === best[old]?.[now]) pairs.push([start + old++, middle + now++]);
    else if (best[old + 1]?.[now] === best[old]?.[now]) old += 1;
    else now += 1;
  }
  return pairs;
}

function wordsOf(text: string): string[] {
  return (text.match(/[\p{L}\p{M}\p{N}_]+|[^\s]/gu) ?? []).slice(0, MOST_LOOKED_AT);
}

/** The share of words that two lines have in common. */
function likeness(one: readonly string[], other: readonly string[]): number {
  if (one.length + other.length === 0) return 1;
  const left = new Map<string, number>();
  for (const word of one) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of other) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    common += 1;
  }
  return (2 * common) / (one.length + other.length);
}

/**
 * Returns the pieces of a line that has this partner. Two lines are compared when one of them is asked for first. Lines
 * must stay the same objects.
 */
export function createWordMarker(): (line: DiffLine, partner: DiffLine | null) => readonly DiffPiece[] {
  const known = new WeakMap<DiffLine, { readonly partner: DiffLine | null; readonly pieces: readonly DiffPiece[] }>();
  const keep = (line: DiffLine, partner: DiffLine | null, pieces: readonly DiffPiece[] | undefined) =>
    known.set(line, { partner, pieces: pieces ?? [{ text: line.text, changed: false }] });
  return (line, partner) => {
    const before = known.get(line);
    if (before?.partner === partner) return before.pieces;
    if (partner === null) keep(line, null, undefined);
    else {
      const [removed, added] = line.is === 'removed' ? [line, partner] : [partner, line];
      const words = compareWords(removed.text, added.text);
      keep(removed, added, words?.old);
      keep(added, removed, words?.now);
    }
    return known.get(line)?.pieces ?? [];
  };
}
