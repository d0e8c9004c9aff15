import { HiveError } from '../../../../protocol/errors.ts';

/**
 * What somebody typed as an FTS5 expression: words that must all occur, "phrases", and beginnings as word*.
 * Everything is quoted, so that no sign in it means anything to FTS5. Throws `invalid_input` when no word is left.
 */
export function readQuery(typed: string): string {
  const terms = [...typed.matchAll(/"([^"]*)"|([^\s"]+)/g)].flatMap(([, phrase, word = '']) => {
    if (phrase !== undefined) return hasWord(phrase) ? [quote(phrase)] : [];
    const start = word.replace(/\*+$/, '');
    return hasWord(start) ? [quote(start) + (word.endsWith('*') ? '*' : '')] : [];
  });
  if (terms.length === 0) throw new HiveError('invalid_input', 'query: give at least one word to look for.');
  return terms.join(' ');
}

function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '""').replaceAll('\u0000', '')}"`;
}
