/**
 * Completes a query for search while typing: the last word becomes a prefix ("rel" finds "release"), which hived writes
 * as word*. Null when there is no word yet. "Phrases" and typed prefixes are kept.
 */
export function completeQuery(typed: string): string | null {
  const text = typed.trim();
  if (!/[\p{L}\p{N}]/u.test(text)) return null;
  const isInQuotes = text.split('"').length % 2 === 0;
  return !isInQuotes && /[\p{L}\p{N}_]$/u.test(text) && text.length < MAX_CHARS ? `${text}*` : text;
}

/** The limit in protocol/operations/operator-mail.ts. */
const MAX_CHARS = 200;
