import { highlightLines, languageOf, type Token } from './highlight-code.ts';

/** Lines that are read by the grammar at once. */
const CHUNK = 400;

/** The lines of a file with their kinds. Only chunks that are asked for are read by the grammar. */
export function createFileHighlighter(path: string, lines: readonly string[]): (at: number) => readonly Token[] {
  const language = languageOf(path);
  const known = new Map<number, Token[][]>();
  return (at) => {
    if (language === null) return [{ text: lines[at] ?? '', kind: null }];
    const first = at - (at % CHUNK);
    const chunk = known.get(first) ?? highlightLines(language, lines.slice(first, first + CHUNK));
    known.set(first, chunk);
    return chunk[at - first] ?? [];
  };
}
