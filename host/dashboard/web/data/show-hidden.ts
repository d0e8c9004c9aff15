/* oxlint-disable no-control-regex, no-misleading-character-class -- this file shows characters that hide */
/**
 * Makes characters visible that would hide text or change how it is read: control characters, marks of direction, and
 * marks without width. Whoever judges a change must see what it has; `toPlainText` would leave them out, and with a
 * terminal sequence all that follows it.
 */
export function showHidden(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(HIDDEN, showOne);
}

const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

function showOne(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x24_00 + code);
  if (code === 0x7f) return '␡';
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** As showHidden, in one line. */
export function showHiddenLine(text: string): string {
  return showHidden(text).replaceAll('\n', '␊');
}
