import { diffWordsWithSpace } from 'diff';

/** A piece of a line; `changed`: this is what makes the line another one. */
export interface DiffPiece {
  readonly text: string;
  readonly changed: boolean;
}

/** A line of a diff with its numbers in the old and in the new file. */
export interface DiffLine {
  readonly is: 'same' | 'added' | 'removed' | 'gap';
  readonly old: number | null;
  readonly new: number | null;
  readonly pieces: readonly DiffPiece[];
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;
/** Longer lines are not compared word by word. */
const MAX_COMPARED = 500;

/** How far a diff of one file was read: the numbers of the next lines, and whether there was a hunk. */
export interface DiffPlace {
  readonly old: number;
  readonly now: number;
  readonly begun: boolean;
}

export const DIFF_START: DiffPlace = { old: 0, now: 0, begun: false };

/** Reads the hunks of a unified diff, which may be cut anywhere. Lines that replace each other are compared by words. */
export function readDiff(diff: string): DiffLine[] {
  return readHunks(diff.split('\n'), DIFF_START).lines;
}

/** As readDiff, from a place in the diff of a file; returns the place after it. */
export function readHunks(texts: readonly string[], from: DiffPlace): { lines: DiffLine[]; place: DiffPlace } {
  const lines: DiffLine[] = [];
  let { old, now, begun } = from;
  for (const line of texts) {
    const hunk = HUNK.exec(line);
    if (hunk !== null) {
      [old, now] = [Number(hunk[1]), Number(hunk[2])];
      if (begun) lines.push({ is: 'gap', old: null, new: null, pieces: [] });
      begun = true;
      continue;
    }
    const pieces = [{ text: line.slice(1), changed: false }];
    if (line.startsWith('+')) lines.push({ is: 'added', old: null, new: now++, pieces });
    else if (line.startsWith('-')) lines.push({ is: 'removed', old: old++, new: null, pieces });
    else if (line.startsWith(' ')) lines.push({ is: 'same', old: old++, new: now++, pieces });
  }
  return { lines: markWords(lines), place: { old, now, begun } };
}

/** Compares each run of removed lines with the run of as many added lines after it. */
function markWords(lines: DiffLine[]): DiffLine[] {
  const marked = [...lines];
  for (let from = 0; from < lines.length; from += 1) {
    const removed = runOf(lines, from, 'removed');
    const added = runOf(lines, from + removed, 'added');
    if (removed > 0 && removed === added)
      for (let n = 0; n < removed; n += 1) markPair(marked, from + n, from + removed + n);
    from += Math.max(0, removed + added - 1);
  }
  return marked;
}

function runOf(lines: readonly DiffLine[], from: number, is: DiffLine['is']): number {
  let end = from;
  while (lines[end]?.is === is) end += 1;
  return end - from;
}

function markPair(lines: DiffLine[], before: number, after: number): void {
  const [removed, added] = [lines[before], lines[after]];
  if (removed === undefined || added === undefined) return;
  const [old, now] = [textOf(removed), textOf(added)];
  if (old.length > MAX_COMPARED || now.length > MAX_COMPARED) return;
  const parts = diffWordsWithSpace(old, now);
  // Lines that have hardly anything in common are read as two lines.
  const kept = parts.reduce((sum, part) => sum + (part.added || part.removed ? 0 : part.value.trim().length), 0);
  if (kept * 3 < Math.max(old.trim().length, now.trim().length)) return;
  const piecesOf = (other: 'added' | 'removed', own: 'added' | 'removed') =>
    parts.filter((part) => !part[other]).map((part) => ({ text: part.value, changed: part[own] }));
  lines[before] = { ...removed, pieces: piecesOf('added', 'removed') };
  lines[after] = { ...added, pieces: piecesOf('removed', 'added') };
}

function textOf({ pieces }: DiffLine): string {
  return pieces.map(({ text }) => text).join('');
}
