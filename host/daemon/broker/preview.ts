/** White space that is not one plain blank between two words; most messages have none. */
const UNEVEN_SPACE = /[^\S ]|  |^ | $/;
const HALF_A_CHARACTER = /[\uD800-\uDBFF]$/;

/** The beginning of a text in one line, for lists and logs of events. */
export function preview(body: string): string {
  const start = body.slice(0, 400);
  const line = UNEVEN_SPACE.test(start) ? start.replaceAll(/\s+/g, ' ').trim() : start;
  return shorten(line, 160);
}

/** What a thread is about: the first line of its first message. */
export function firstLine(body: string): string {
  return shorten(body.slice(0, 400).trimStart().split('\n', 1)[0] ?? '', 120);
}

function shorten(line: string, chars: number): string {
  return line.length > chars
    ? `${line.slice(0, chars - 1).replace(HALF_A_CHARACTER, '')}…`
    : line.replace(HALF_A_CHARACTER, '');
}
