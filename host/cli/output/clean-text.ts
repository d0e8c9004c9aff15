import { stripVTControlCharacters } from 'node:util';

/**
 * Text from the hive, made harmless for a terminal: an agent's words must not move the cursor, change colours, set the
 * window's title or write to the clipboard. Line ends and tabs stay; every other control character is dropped.
 */
export function cleanText(text: string): string {
  return (
    stripVTControlCharacters(text)
      .replaceAll('\r\n', '\n')
      // oxlint-disable-next-line no-control-regex -- they are what this is about
      .replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '')
  );
}

/** The same, on one line. */
export function oneLine(text: string): string {
  return cleanText(text).replaceAll(/\s+/g, ' ').trim();
}
