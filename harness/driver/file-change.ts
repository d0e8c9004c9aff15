import { structuredPatch } from 'diff';
import type { FileChangeKind } from '../../protocol/schemas/work-events.ts';

/** A change of a file, as a driver reports it. */
export interface FileChange {
  readonly path: string;
  readonly change: FileChangeKind;
  readonly movedTo?: string | null;
  /** The hunks of a unified diff, without the lines that name the files; null where nothing is known of the content. */
  readonly diff: string | null;
}

/** A hunk of a unified diff. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly string[];
}

/** Longer texts are not compared. In UTF-16 code units. */
const MAX_COMPARED = 1_000_000;
/** Texts that differ in more lines are not compared: the time grows with the product of lines and differences. */
const MAX_DIFFERENCES = 2_000;

/** The hunks as text. */
export function joinHunks(hunks: readonly Hunk[]): string {
  return hunks
    .map(
      ({ oldStart, oldLines, newStart, newLines, lines }) =>
        `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@\n${lines.map((line) => `${line}\n`).join('')}`,
    )
    .join('');
}

/** The hunks between two contents of a file; null when they are too long or too different to be compared. */
export function compareTexts(before: string, after: string): string | null {
  if (before === '' || after === '') return wholeText(before === '' ? after : before, before === '' ? '+' : '-');
  if (before.length > MAX_COMPARED || after.length > MAX_COMPARED) return null;
  const options = { context: 3, maxEditLength: MAX_DIFFERENCES };
  const patch = structuredPatch('', '', before, after, '', '', options);
  return patch === undefined ? null : joinHunks(patch.hunks);
}

/** All lines of a text, as added or as removed. */
export function wholeText(text: string, sign: '+' | '-'): string {
  if (text === '') return '';
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').map((line) => `${sign}${line}`);
  const range = { start: 1, lines: lines.length };
  const [old, now] = sign === '+' ? [{ start: 0, lines: 0 }, range] : [range, { start: 0, lines: 0 }];
  return joinHunks([{ oldStart: old.start, oldLines: old.lines, newStart: now.start, newLines: now.lines, lines }]);
}

/** Lines that a diff adds and removes. */
export function countLines(diff: string): { added: number; removed: number } {
  return { added: diff.match(/^\+/gm)?.length ?? 0, removed: diff.match(/^-/gm)?.length ?? 0 };
}
