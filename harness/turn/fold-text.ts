/** Characters without ink or width: format and control characters, blanks, marks, fillers, replaced surrogates. */
const INKLESS = /[\p{Cf}\p{Cc}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u115F\u1160\u3164\uFFA0\u2800\uFFFD]/u;
const FIRST_ASCII = 0x21;
const LAST_ASCII = 0x7e;

/**
 * The beginning of a text as a lenient reader could see it, at most `most` characters, as lower-case ASCII:
 * compatibility forms (full-width, mathematical, circled) as their letters, a run of invisible characters as one
 * \u0001, and every other character of another script as \u0002, because it may look like any letter.
 */
export function foldHead(text: string, most: number): string {
  let folded = '';
  let length = 0;
  let inkless = false;
  for (const sign of text) {
    const parts = foldSign(sign);
    const isInk = parts !== '\u0001';
    if (!isInk && inkless) continue;
    inkless = !isInk;
    folded += parts;
    length += parts.length;
    if (length >= most) break;
  }
  return folded;
}

function foldSign(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  if (code >= FIRST_ASCII && code <= LAST_ASCII) return sign.toLowerCase();
  if (INKLESS.test(sign)) return '\u0001';
  const parts = Array.from(sign.normalize('NFKD').toLowerCase(), foldPart).join('');
  return parts === '' ? '\u0001' : parts;
}

function foldPart(part: string): string {
  const code = part.codePointAt(0) ?? 0;
  if (code >= FIRST_ASCII && code <= LAST_ASCII) return part;
  return INKLESS.test(part) ? '' : '\u0002';
}
