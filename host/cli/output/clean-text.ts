/** Escape sequences: CSI, then strings (OSC, DCS, …) up to their end, then the rest of two characters. */
const SEQUENCES =
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  /[\u001B]\[[0-?]*[ -/]*[@-~]|\u009B[0-?]*[ -/]*[@-~]|\u001B[\]PX^_][^\u0007\u001B\n]*(?:\u0007|\u001B\\)|\u001B[ -/]*[0-~]/g;

/** The remaining control characters except newlines and tabs, and marks that change the direction of text. */
// oxlint-disable-next-line no-control-regex -- they are what this is about
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Text from the hive, made harmless for a terminal: an agent's text must not move the cursor, change colours, set the
 * window's title or write to the clipboard. Newlines and tabs stay; every other control character is removed.
 */
export function cleanText(text: string): string {
  return text.replaceAll(SEQUENCES, '').replaceAll(CONTROLS, '');
}

/** The same, on one line. */
export function oneLine(text: string): string {
  return cleanText(text).replaceAll(/\s+/g, ' ').trim();
}
