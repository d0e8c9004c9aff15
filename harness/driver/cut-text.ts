/** Texts of the transcript are cut to so many characters: escaped as JSON in the worst way they still fit hived's bound. */
const MAX_TEXT = 10_000;

/** Cuts a text, never through a character. */
export function cutText(text: string, max = MAX_TEXT): { text: string; truncated: boolean } {
  if (text.length <= max) return { text, truncated: false };
  const last = text.charCodeAt(max - 1);
  const splits = last >= 0xd800 && last <= 0xdbff;
  return { text: text.slice(0, splits ? max - 1 : max), truncated: true };
}
