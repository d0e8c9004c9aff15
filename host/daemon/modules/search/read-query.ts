import { HiveError } from '../../../../protocol/errors.ts';

const MOST_BEGINNINGS = 3;

/**
 * Converts typed text to an FTS5 expression: words that must all occur, "phrases", and prefixes as word*.
 * Everything is quoted, so that no character has a meaning to FTS5. Prefixes cost most, because each expands
 * to all words that begin with it: a single Latin letter or digit is matched as a whole word, and at most
 * three are allowed.
 *
 * Throws `invalid_input` when no word is left, or when there are too many prefixes.
 */
export function readQuery(typed: string): string {
  let beginnings = 0;
  const terms = [...typed.matchAll(/"([^"]*)"|([^\s"]+)/g)].flatMap(([, phrase, word = '']) => {
    if (phrase !== undefined) return hasWord(phrase) ? [quote(phrase)] : [];
    const start = word.replace(/\*+$/, '');
    if (!hasWord(start)) return [];
    const isBeginning = word.endsWith('*') && !/^[a-z0-9]$/i.test(start);
    if (isBeginning) beginnings += 1;
    return [quote(start) + (isBeginning ? '*' : '')];
  });
  if (beginnings > MOST_BEGINNINGS)
    throw new HiveError('invalid_input', `query: at most ${MOST_BEGINNINGS} words can be prefixes (word*).`);
  if (terms.length === 0) throw new HiveError('invalid_input', 'query: give at least one word to look for.');
  return terms.join(' ');
}

function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""').replaceAll('\u0000', '')}"`;
}
