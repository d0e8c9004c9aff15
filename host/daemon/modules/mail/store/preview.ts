import { cutText, shorten } from '../../../../../system/text/cut-text.ts';
/** White space other than one blank between two words; most messages have none, and skip the replacement. */
const UNEVEN_SPACE = /[^\S ]|  |^ | $/;

/** The beginning of a text on one line, for lists and event logs. */
export function preview(body: string): string {
  const start = cutText(body, 400).text;
  const line = UNEVEN_SPACE.test(start) ? start.replaceAll(/\s+/g, ' ').trim() : start;
  return shorten(line, 160);
}

/** A thread's subject: the first line of its first message. */
export function firstLine(body: string): string {
  const start = cutText(body, 400).text;
  const text = FIRST_SPACE.test(start) ? start.trimStart() : start;
  const end = text.indexOf('\n');
  return shorten(end === -1 ? text : text.slice(0, end), 120);
}

const FIRST_SPACE = /^\s/;
