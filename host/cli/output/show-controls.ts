/** Control characters, also tabs and line ends, and marks that change the direction of text. */
// oxlint-disable-next-line no-control-regex -- they are what this is about
const CONTROLS = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/** A line of a program with its control characters visible (`\x1b`, `\u202e`): harmless for a terminal, and nothing lost. */
export function showControls(text: string): string {
  return text.replaceAll(CONTROLS, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
