/** UTF-16 units before the match, and of the whole excerpt. */
const LEAD = 60;
const LENGTH = 180;

/**
 * The text around the first match, on one line. Cut from the message itself and not by FTS5's snippet(),
 * which reads more of its index the more messages there are.
 * @param expression - the result of `readQuery`
 */
export function cutExcerpt(body: string, expression: string): string {
  const at = findFirst(fold(body), termsOf(expression));
  let start = Math.max(0, at - LEAD);
  if (start > 0) start = body.indexOf(' ', start) + 1 || start;
  if (start > at) start = at;
  const end = Math.min(body.length, start + LENGTH);
  const words = body
    .slice(start, end)
    .replaceAll(/\p{Cs}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return `${start > 0 ? '…' : ''}${words}${end < body.length ? '…' : ''}`;
}

/** The words and phrases of an expression, folded like the text. */
function termsOf(expression: string): string[] {
  return [...expression.matchAll(/"((?:[^"]|"")*)"/g)].map(([, term = '']) => fold(term.replaceAll('""', '"')));
}

/** The position of the first match; a phrase interrupted by other characters counts by its first word. */
function findFirst(text: string, terms: readonly string[]): number {
  const found = terms.flatMap((term) => {
    const whole = text.indexOf(term);
    const at = whole === -1 ? text.indexOf(/[\p{L}\p{N}]+/u.exec(term)?.[0] ?? term) : whole;
    return at === -1 ? [] : [at];
  });
  return found.length === 0 ? 0 : Math.min(...found);
}

/** Removes case and diacritics, as FTS5 compares words; every character keeps its position. */
function fold(text: string): string {
  return text
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll(/[^\p{ASCII}]/gu, (letter) => {
      const plain = letter.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
      return plain.length === letter.length ? plain : letter;
    });
}
