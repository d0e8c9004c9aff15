import type { DiffLine } from './read-diff.ts';
import type { PatchFile, PatchSection } from './read-patch.ts';
import type { Thread } from './pull-threads.ts';

/** A row of a shown diff. A key stays the same whatever is opened, closed or loaded; `of` is the number of its file. */
export type DiffRow = { readonly key: string; readonly of: number } & (
  | { readonly is: 'file'; readonly file: PatchFile; readonly isOpen: boolean }
  | { readonly is: 'line'; readonly file: PatchFile; readonly at: number; readonly line: DiffLine }
  | { readonly is: 'pair'; readonly file: PatchFile; readonly left: LineAt | null; readonly right: LineAt | null }
  | { readonly is: 'note'; readonly text: string }
  | { readonly is: 'thread'; readonly thread: Thread }
  | { readonly is: 'compose'; readonly path: string; readonly line: number }
);

/** A line with its place among the rows of its file. */
export interface LineAt {
  readonly at: number;
  readonly line: DiffLine;
}

export interface DiffView {
  readonly isOpen: (of: number, file: PatchFile) => boolean;
  readonly isSplit: boolean;
  readonly threads: readonly Thread[];
  /** Where a comment is being written, in the new file. */
  readonly composing: { readonly path: string; readonly line: number } | null;
}

/** The rows of a diff: threads stand below their line, or below the head of their file where that line is not shown. */
export function listDiffRows(sections: readonly PatchSection[], view: DiffView): DiffRow[] {
  return sections.flatMap((section, of): DiffRow[] => {
    const { file } = section;
    const isOpen = view.isOpen(of, file);
    const head: DiffRow = { is: 'file', file, isOpen, key: `${of}`, of };
    if (!isOpen) return [head];
    const threads = view.threads.filter(({ root }) => root.path === file.name);
    const shown = new Set(section.rows.flatMap((row) => (row.is === 'line' ? (row.line.new ?? []) : [])));
    const elsewhere = threads.filter(({ root }) => root.lineNow === null || !shown.has(root.lineNow));
    const asRow = (thread: Thread): DiffRow => ({ is: 'thread', thread, key: `${of}:thread:${thread.root.id}`, of });
    const below = (line: number | null): DiffRow[] => {
      if (line === null) return [];
      const here = threads.filter(({ root }) => root.lineNow === line).map(asRow);
      const isComposing = view.composing?.path === file.name && view.composing.line === line;
      return isComposing ? [...here, { is: 'compose', path: file.name, line, key: `${of}:compose:${line}`, of }] : here;
    };
    const rows = view.isSplit ? pairRows(section, of) : lineRows(section, of);
    return [head, ...elsewhere.map(asRow), ...rows.flatMap((row) => [row, ...below(newLineOf(row))])];
  });
}

function newLineOf(row: DiffRow): number | null {
  if (row.is === 'line') return row.line.new;
  return row.is === 'pair' ? (row.right?.line.new ?? null) : null;
}

function lineRows({ file, rows }: PatchSection, of: number): DiffRow[] {
  return rows.map((row, at) => {
    const key = `${of}:${at}`;
    return row.is === 'note' ? { ...row, key, of } : { is: 'line', file, at, line: row.line, key, of };
  });
}

/** Lines that were removed stand beside those that were added in their place. */
function pairRows({ file, rows }: PatchSection, of: number): DiffRow[] {
  const made: DiffRow[] = [];
  const kindAt = (at: number) => {
    const row = rows[at];
    return row?.is === 'line' ? row.line.is : null;
  };
  const runFrom = (from: number, is: DiffLine['is']): LineAt[] => {
    const run: LineAt[] = [];
    for (let at = from; kindAt(at) === is; at += 1) run.push(lineAt(rows, at)!);
    return run;
  };
  for (let at = 0; at < rows.length;) {
    const row = rows[at];
    const key = `${of}:${at}`;
    if (row?.is === 'note') {
      made.push({ ...row, key, of });
      at += 1;
      continue;
    }
    const removed = runFrom(at, 'removed');
    const added = runFrom(at + removed.length, 'added');
    if (removed.length + added.length === 0) {
      const one = lineAt(rows, at)!;
      made.push({ is: 'pair', file, left: one, right: one, key, of });
      at += 1;
      continue;
    }
    for (let n = 0; n < Math.max(removed.length, added.length); n += 1)
      made.push({ is: 'pair', file, left: removed[n] ?? null, right: added[n] ?? null, key: `${key}:${n}`, of });
    at += removed.length + added.length;
  }
  return made;
}

function lineAt(rows: PatchSection['rows'], at: number): LineAt | null {
  const row = rows[at];
  return row?.is === 'line' ? { at, line: row.line } : null;
}
