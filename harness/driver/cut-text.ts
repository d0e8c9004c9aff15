/** Texts of the transcript and a turn's last words hold at most so many characters. */
const MAX_TEXT = 16_384;

/** Cuts a text, never through a character. */
export function cutText(text: string, max = MAX_TEXT): { text: string; truncated: boolean } {
  if (text.length <= max) return { text, truncated: false };
  const last = text.charCodeAt(max - 1);
  const splits = last >= 0xd800 && last <= 0xdbff;
  return { text: text.slice(0, splits ? max - 1 : max), truncated: true };
}
