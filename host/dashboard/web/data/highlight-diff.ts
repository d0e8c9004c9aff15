import type { DiffLine, DiffPiece } from './read-diff.ts';
import { highlightLines, languageOf, type Token } from './highlight-code.ts';
import type { PatchSection } from './read-patch.ts';

/** A piece of a line as it is shown. */
export interface ShownPiece extends DiffPiece {
  readonly kind: string | null;
}

/** Lines that are read by the grammar at once: those around the ones in view. */
const CHUNK = 150;

/** The pieces of lines in a diff, with their kinds in the file's language. Only chunks that are asked for are read. */
export function createDiffHighlighter(): (section: PatchSection, at: number) => readonly ShownPiece[] {
  /** By the first row of a chunk: rows stay the same objects while pages are added. */
  const known = new WeakMap<object, { readonly rows: number; readonly pieces: readonly (readonly ShownPiece[])[] }>();
  return (section, at) => {
    const first = at - (at % CHUNK);
    const rows = section.rows.slice(first, first + CHUNK);
    const anchor = rows[0];
    if (anchor === undefined) return [];
    let chunk = known.get(anchor);
    if (chunk === undefined || chunk.rows !== rows.length) {
      const lines = rows.map((row) => (row.is === 'line' ? row.line : null));
      chunk = { rows: rows.length, pieces: highlightChunk(languageOf(section.file.name), lines) };
      known.set(anchor, chunk);
    }
    return chunk.pieces[at - first] ?? [];
  };
}

function highlightChunk(language: string | null, lines: readonly (DiffLine | null)[]): ShownPiece[][] {
  const plain = (line: DiffLine | null) => (line?.pieces ?? []).map((piece) => ({ ...piece, kind: null }));
  if (language === null) return lines.map(plain);
  const side = (has: 'old' | 'new') => {
    const own = lines.flatMap((line, at) => (line !== null && line[has] !== null ? [{ line, at }] : []));
    const tokens = highlightLines(
      language,
      own.map(({ line }) => textOf(line)),
    );
    return new Map(own.map(({ at }, index) => [at, tokens[index] ?? []]));
  };
  const [old, now] = [side('old'), side('new')];
  return lines.map((line, at) => {
    const tokens = now.get(at) ?? old.get(at);
    return line === null || tokens === undefined ? plain(line) : mergePieces(line.pieces, tokens);
  });
}

function textOf({ pieces }: DiffLine): string {
  return pieces.map(({ text }) => text).join('');
}

/** Pieces that are of one kind and either changed or not. Both lists are the same text. */
export function mergePieces(pieces: readonly DiffPiece[], tokens: readonly Token[]): ShownPiece[] {
  const merged: ShownPiece[] = [];
  let token = 0;
  let used = 0;
  for (const { text, changed } of pieces)
    for (let at = 0; at < text.length;) {
      const current = tokens[token];
      const left = current === undefined ? text.length - at : current.text.length - used;
      const length = Math.min(left, text.length - at);
      merged.push({ text: text.slice(at, at + length), changed, kind: current?.kind ?? null });
      at += length;
      used += length;
      if (current !== undefined && used >= current.text.length) {
        token += 1;
        used = 0;
      }
    }
  return merged;
}
