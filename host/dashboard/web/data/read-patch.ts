import { DIFF_START, type DiffLine, type DiffPlace, readHunks } from './read-diff.ts';
import { showHiddenLine } from './show-hidden.ts';

/** A file of a patch. */
export interface PatchFile {
  /** Its path as git has it. */
  readonly name: string;
  /** The same for readers. */
  readonly path: string;
  /** Its path before, when it was moved. */
  readonly movedFrom: string | null;
  readonly change: 'added' | 'deleted' | 'moved' | 'changed';
  readonly isBinary: boolean;
  /** Its mode before and now, when that changed. */
  readonly modes: readonly [string, string] | null;
  /** Names what the file had and has; null: its text is the same. */
  readonly version: string | null;
}

export type PatchRow =
  | { readonly is: 'file'; readonly file: PatchFile }
  | { readonly is: 'line'; readonly line: DiffLine }
  /** What git or the forge remarks. */
  | { readonly is: 'note'; readonly text: string };

/** How far a patch was read: the rest of a line, and the header or the place in a file. */
export interface PatchPlace {
  readonly rest: string;
  readonly header: readonly string[] | null;
  readonly diff: DiffPlace;
}

export const PATCH_START: PatchPlace = { rest: '', header: null, diff: DIFF_START };

/** Longer lines are cut in the view (characters). */
const MOST_OF_LINE = 2_000;

/**
 * Reads a page of git's patch from the place where the page before it ended. Texts have no hidden characters. Within a
 * hunk every line begins with a sign, so text of a file is never taken for a header.
 */
export function readPatch(text: string, from: PatchPlace, isLast: boolean): { rows: PatchRow[]; place: PatchPlace } {
  const lines = (from.rest + text).split('\n');
  const rest = isLast ? '' : (lines.pop() ?? '');
  const rows: PatchRow[] = [];
  let { header, diff } = from;
  let hunks: string[] = [];

  const flushHunks = () => {
    const read = readHunks(hunks, diff);
    for (const line of read.lines) rows.push({ is: 'line', line });
    diff = read.place;
    hunks = [];
  };
  const flushHeader = () => {
    if (header !== null) rows.push({ is: 'file', file: readHeader(header) });
    header = null;
    diff = DIFF_START;
  };

  for (const line of lines) {
    if (line.startsWith('diff --git ')) {
      flushHunks();
      flushHeader();
      header = [line];
    } else if (header !== null && !line.startsWith('@@ ')) header = [...header, line];
    else {
      if (header !== null) flushHeader();
      if (/^[ +\-@]/.test(line)) hunks.push(showLine(line));
      else if (line !== '') {
        flushHunks();
        rows.push({ is: 'note', text: showHiddenLine(line.replace(/^\\ /, '')) });
      }
    }
  }
  flushHunks();
  if (isLast) flushHeader();
  return { rows, place: { rest, header, diff } };
}

/** An end of line in the manner of Windows is shown where a line changed; elsewhere it says nothing. */
function showLine(line: string): string {
  const told = line.startsWith('+') || line.startsWith('-') ? line : line.replace(/\r$/, '');
  const shown = told.length > MOST_OF_LINE ? `${told.slice(0, MOST_OF_LINE)}… (${told.length} characters)` : told;
  return showHiddenLine(shown);
}

function readHeader(lines: readonly string[]): PatchFile {
  const field = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length) ?? null;
  const movedFrom = field('rename from ');
  const movedTo = field('rename to ');
  const sides = [field('+++ '), field('--- ')].filter((side) => side !== null && side !== '/dev/null');
  const [side] = sides;
  const path =
    movedTo !== null
      ? unquote(movedTo)
      : typeof side === 'string'
        ? withoutSide(side.replace(/\t$/, ''))
        : readBothSides(lines[0] ?? '');
  const [before, now] = [field('old mode '), field('new mode ')];
  return {
    name: path,
    path: showHiddenLine(path),
    movedFrom: movedFrom === null ? null : showHiddenLine(unquote(movedFrom)),
    change: field('new file mode ') !== null ? 'added' : field('deleted file mode ') !== null ? 'deleted' : movedFrom !== null ? 'moved' : 'changed', // prettier-ignore
    isBinary: field('Binary files ') !== null || field('GIT binary patch') !== null,
    modes: before === null || now === null ? null : [before, now],
    version: field('index '),
  };
}

/** The path in "diff --git a/PATH b/PATH": both are the same where there is no other line to read. */
function readBothSides(line: string): string {
  const both = line.slice('diff --git '.length);
  return withoutSide(both.slice(0, (both.length - 1) / 2));
}

/** Without the "a/" or "b/" in front. */
function withoutSide(side: string): string {
  return unquote(side).slice(2);
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

/** git writes unusual paths as C strings. */
function unquote(path: string): string {
  if (!path.startsWith('"')) return path;
  const bytes: number[] = [];
  for (const [, octal, escaped, plain = ''] of path.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gu)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (escaped !== undefined) bytes.push(ESCAPES[escaped] ?? escaped.charCodeAt(0));
    else bytes.push(...new TextEncoder().encode(plain));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** A file of a patch with its lines, as far as they were read. */
export interface PatchSection {
  readonly file: PatchFile;
  readonly rows: readonly Exclude<PatchRow, { is: 'file' }>[];
}

/** The files of a patch that was read in pages. */
export function joinPages(pages: readonly { readonly rows: readonly PatchRow[] }[]): PatchSection[] {
  const sections: { file: PatchFile; rows: Exclude<PatchRow, { is: 'file' }>[] }[] = [];
  for (const { rows } of pages)
    for (const row of rows) {
      if (row.is === 'file') sections.push({ file: row.file, rows: [] });
      else sections.at(-1)?.rows.push(row);
    }
  return sections;
}
