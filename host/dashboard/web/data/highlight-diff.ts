import { createWordMarker, createPairs, type DiffPiece } from './compare-words.ts';
import { highlightLines, languageOf, type Token } from './highlight-code.ts';
import type { DiffLine } from './read-diff.ts';
import type { PatchSection } from './read-patch.ts';

/** A piece of a line as it is shown. */
export interface ShownPiece extends DiffPiece {
  readonly kind: string | null;
}

/** Lines that are read by the grammar at once: those around the ones in view. */
const CHUNK = 150;

/**
 * The pieces of lines in a diff: with their kinds in the file's language and, `withWords`, with the words that changed.
 * Only chunks that are asked for are read by a grammar, and only lines that are asked for are compared.
 */
export function createDiffHighlighter(
  withWords: boolean,
): (section: PatchSection, at: number) => readonly ShownPiece[] {
  const tokensOf = createTokenReader();
  const mark = createWordMarker();
  /** Sections are made anew with each page; their lines stay the same objects. */
  const partners = new WeakMap<PatchSection, (at: number) => number>();
  const shown = new WeakMap<DiffLine, { pieces: readonly DiffPiece[]; tokens: readonly Token[] | null; made: readonly ShownPiece[] }>(); // prettier-ignore
  const partnerOf = (section: PatchSection, at: number) => {
    let known = partners.get(section);
    if (known === undefined) {
      known = createPairs(section.rows.map((row) => (row.is === 'line' ? row.line : null)));
      partners.set(section, known);
    }
    return lineAt(section, known(at));
  };
  return (section, at) => {
    const line = lineAt(section, at);
    if (line === null) return [];
    const pieces = mark(line, withWords ? partnerOf(section, at) : null);
    const tokens = tokensOf(section, at);
    const before = shown.get(line);
    if (before !== undefined && before.pieces === pieces && before.tokens === tokens) return before.made;
    const made = tokens === null ? pieces.map((piece) => ({ ...piece, kind: null })) : mergePieces(pieces, tokens);
    shown.set(line, { pieces, tokens, made });
    return made;
  };
}

function lineAt({ rows }: PatchSection, at: number): DiffLine | null {
  const row = rows[at];
  return row?.is === 'line' ? row.line : null;
}

/** Returns the tokens of a line; null: it has none. */
function createTokenReader(): (section: PatchSection, at: number) => readonly Token[] | null {
  /** By the first row of a chunk: rows stay the same objects while pages are added. */
  const known = new WeakMap<object, { readonly rows: number; readonly tokens: TokensByPlace }>();
  return (section, at) => {
    const first = at - (at % CHUNK);
    const anchor = section.rows[first];
    if (anchor === undefined) return null;
    const count = Math.min(CHUNK, section.rows.length - first);
    let chunk = known.get(anchor);
    if (chunk === undefined || chunk.rows !== count) {
      const rows = section.rows.slice(first, first + CHUNK);
      const lines = rows.map((row) => (row.is === 'line' ? row.line : null));
      chunk = { rows: count, tokens: readChunk(languageOf(section.file.name), lines) };
      known.set(anchor, chunk);
    }
    return chunk.tokens.get(at - first) ?? null;
  };
}

type TokensByPlace = ReadonlyMap<number, readonly Token[]>;

/** Old and new lines are two texts. What both have is read as a part of the new one. */
function readChunk(language: string | null, lines: readonly (DiffLine | null)[]): TokensByPlace {
  if (language === null) return new Map();
  const side = (has: 'old' | 'new') => {
    const own = lines.flatMap((line, at) => (line !== null && line[has] !== null ? [{ line, at }] : []));
    const tokens = highlightLines(
      language,
      own.map(({ line }) => line.text),
    );
    return own.map(({ at }, index) => [at, tokens[index] ?? []] as const);
  };
  return new Map([...side('old'), ...side('new')]);
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
