import { HiveError } from '../../../../protocol/errors.ts';

const MOST_BEGINNINGS = 3;

/**
 * What somebody typed as an FTS5 expression: words that must all occur, "phrases", and beginnings as word*.
 * Everything is quoted, so that no sign in it means anything to FTS5. Beginnings cost most, as every word that begins
 * so is looked up: one Latin letter or digit is taken as a whole word, and only three may be given.
 *
 * Throws `invalid_input` when no word is left, or when there are too many beginnings.
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
    throw new HiveError('invalid_input', `query: at most ${MOST_BEGINNINGS} words can be beginnings (word*).`);
  if (terms.length === 0) throw new HiveError('invalid_input', 'query: give at least one word to look for.');
  return terms.join(' ');
}

function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""').replaceAll('\u0000', '')}"`;
}
