/** UTF-16 units before the match, and of the whole excerpt. */
const LEAD = 60;
const LENGTH = 180;

/**
 * The words of a text around the first that was looked for, on one line. Cut from the message itself and not by FTS5,
 * which reads more of its index for that the more messages there are.
 *
 * @param expression - what `readQuery` made of the query
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

/** The words and phrases of an expression, folded as the text is. */
function termsOf(expression: string): string[] {
  return [...expression.matchAll(/"((?:[^"]|"")*)"/g)].map(([, term = '']) => fold(term.replaceAll('""', '"')));
}

/** Where the first of them begins; a phrase that is written with other signs in between counts by its first word. */
function findFirst(text: string, terms: readonly string[]): number {
  const found = terms.flatMap((term) => {
    const whole = text.indexOf(term);
    const at = whole === -1 ? text.indexOf(/[\p{L}\p{N}]+/u.exec(term)?.[0] ?? term) : whole;
    return at === -1 ? [] : [at];
  });
  return found.length === 0 ? 0 : Math.min(...found);
}

/** Without case and marks, as FTS5 compares words; every character keeps its place. */
function fold(text: string): string {
  return text
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll(/[^\p{ASCII}]/gu, (letter) => {
      const plain = letter.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
      return plain.length === letter.length ? plain : letter;
    });
}
