/** The share of common words from which two texts count as nearly the same. */
const ALIKE_FROM = 0.8;

/**
 * Whether two texts are nearly the same: the sets of their words (letters and digits, without case)
 * have a Jaccard index of at least 0.8. Two texts without words (emoji, dots) are alike.
 */
export function isAlike(a: string, b: string): boolean {
  if (a === b) return true;
  const inA = new Set(splitWords(a));
  const inB = new Set(splitWords(b));
  let inBoth = 0;
  for (const word of inB) if (inA.has(word)) inBoth += 1;
  const all = inA.size + inB.size - inBoth;
  return all === 0 || inBoth / all >= ALIKE_FROM;
}

function splitWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}
