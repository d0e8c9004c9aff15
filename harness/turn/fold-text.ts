/** No ink or no width: format and control characters, blanks, marks, fillers, what replaced a half character. */
const INKLESS = /[\p{Cf}\p{Cc}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u115F\u1160\u3164\uFFA0\u2800\uFFFD]/u;
const ASCII = /^[\x20-\x7E]*$/;

/** What a lenient reader could see in a text, and where in the text each of its signs comes from (UTF-16 units). */
export interface FoldedText {
  readonly folded: string;
  readonly positions: readonly number[];
}

/**
 * Folds a text to lower-case ASCII: compatibility forms (full-width, mathematical, circled) to their letters, a run of what
 * has no ink to one \u0001, and every other sign of another script to \u0002, because it may look like any letter.
 * `special` answers for signs that are told apart before that.
 */
export function foldText(text: string, special: (sign: string) => string | null): FoldedText {
  let folded = '';
  const positions: number[] = [];
  let at = 0;
  for (const sign of text) {
    for (const one of foldSign(sign, special)) {
      if (one === '\u0001' && folded.endsWith('\u0001')) continue;
      folded += one;
      positions.push(at);
    }
    at += sign.length;
  }
  return { folded, positions };
}

function foldSign(sign: string, special: (sign: string) => string | null): string {
  const told = special(sign);
  if (told !== null) return told;
  if (INKLESS.test(sign)) return '\u0001';
  if (ASCII.test(sign)) return sign.toLowerCase();
  return Array.from(sign.normalize('NFKD').toLowerCase(), foldPart).join('');
}

function foldPart(part: string): string {
  if (INKLESS.test(part)) return '';
  return ASCII.test(part) ? part : '\u0002';
}
