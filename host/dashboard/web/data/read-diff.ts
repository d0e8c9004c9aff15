/** A line of a diff with its numbers in the old and in the new file. */
export interface DiffLine {
  readonly is: 'same' | 'added' | 'removed' | 'gap';
  readonly old: number | null;
  readonly new: number | null;
  readonly text: string;
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

/** How far a diff of one file was read: the numbers of the next lines, and whether there was a hunk. */
export interface DiffPlace {
  readonly old: number;
  readonly now: number;
  readonly begun: boolean;
}

export const DIFF_START: DiffPlace = { old: 0, now: 0, begun: false };

/** Reads the hunks of a unified diff, which may be cut anywhere. */
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
      if (begun) lines.push({ is: 'gap', old: null, new: null, text: '' });
      begun = true;
      continue;
    }
    const text = line.slice(1);
    if (line.startsWith('+')) lines.push({ is: 'added', old: null, new: now++, text });
    else if (line.startsWith('-')) lines.push({ is: 'removed', old: old++, new: null, text });
    else if (line.startsWith(' ')) lines.push({ is: 'same', old: old++, new: now++, text });
  }
  return { lines, place: { old, now, begun } };
}
