/** A range of a text, in the text's indices. */
export interface Match {
  readonly from: number;
  readonly to: number;
}

const WORD = /[\p{L}\p{N}_]+\*?/gu;

/**
 * Finds the words of a query in a text, in order and without overlaps, for highlighting only: whole words, whatever
 * their case; a word that ends with "*" matches as a prefix. hived's index decides which messages are found.
 */
export function findMatches(text: string, query: string): Match[] {
  const words = [...query.matchAll(WORD)].map(([word]) =>
    word.endsWith('*') ? `${word.slice(0, -1)}[\\p{L}\\p{N}_]*` : word,
  );
  if (words.length === 0) return [];
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${words.join('|')})(?![\\p{L}\\p{N}_])`, 'giu');
  return [...text.matchAll(pattern)].map((match) => ({ from: match.index, to: match.index + match[0].length }));
}
