/** A piece of a text and whether it matches the query. */
export interface Piece {
  text: string;
  hit: boolean;
}

/** Splits an excerpt at the words of a query, ignoring case and accents, so that matches can be highlighted. */
export function highlightWords(excerpt: string, query: string): Piece[] {
  const words = [...new Set(query.match(/[\p{L}\p{N}_]+/gu))].toSorted((a, b) => b.length - a.length);
  if (words.length === 0) return [{ text: excerpt, hit: false }];
  const folded = fold(excerpt);
  // When folding changes the length (a ligature, for example) offsets would not fit: then match the unfolded text.
  const [subject, wanted] = folded.length === excerpt.length ? [folded, words.map(fold)] : [excerpt, words];
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${wanted.join('|')})`, 'giu');
  const pieces: Piece[] = [];
  let end = 0;
  for (const { index, 0: found } of subject.matchAll(pattern)) {
    if (index > end) pieces.push({ text: excerpt.slice(end, index), hit: false });
    end = index + found.length;
    pieces.push({ text: excerpt.slice(index, end), hit: true });
  }
  if (end < excerpt.length) pieces.push({ text: excerpt.slice(end), hit: false });
  return pieces;
}

function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
