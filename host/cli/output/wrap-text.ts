import stringWidth from 'string-width';
import { cleanText } from './clean-text.ts';

/** Breaks text into lines of at most `width` cells, at spaces where possible; its own newlines stay. */
export function wrapText(text: string, width: number | null): string[] {
  const lines = cleanText(text).split('\n');
  return width === null ? lines : lines.flatMap((line) => wrapLine(line, Math.max(width, 8)));
}

function wrapLine(line: string, width: number): string[] {
  if (stringWidth(line) <= width) return [line];
  const lines: string[] = [];
  let current = '';
  let cells = 0;
  for (const word of line.split(/(?<= )/)) {
    for (const piece of stringWidth(word) > width ? splitWord(word, width) : [word]) {
      const next = stringWidth(piece);
      if (cells + stringWidth(piece.trimEnd()) > width && current !== '') {
        lines.push(current.trimEnd());
        current = '';
        cells = 0;
      }
      current += piece;
      cells += next;
    }
  }
  return [...lines, current.trimEnd()];
}

function splitWord(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    if (stringWidth(piece + segment) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return [...pieces, piece];
}
