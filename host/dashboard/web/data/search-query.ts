/**
 * What is looked for while somebody types: the last word counts as a beginning ("rel" finds "release"), which
 * hived takes as word*. Null when there is no word yet. "Phrases" and beginnings that were typed stay as they are.
 */
export function completeQuery(typed: string): string | null {
  const text = typed.trim();
  if (!/[\p{L}\p{N}]/u.test(text)) return null;
  const isInQuotes = text.split('"').length % 2 === 0;
  return !isInQuotes && /[\p{L}\p{N}_]$/u.test(text) && text.length < MOST_CHARS ? `${text}*` : text;
}

/** As protocol/operations/operator-mail.ts has it. */
const MOST_CHARS = 200;
