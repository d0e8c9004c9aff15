/** White space that is not one plain blank between two words; most messages have none. */
const UNEVEN_SPACE = /[^\S ]|  |^ | $/;

/** The beginning of a text in one line, for lists and logs of events. */
export function preview(body: string): string {
  const start = body.slice(0, 400);
  const line = UNEVEN_SPACE.test(start) ? start.replaceAll(/\s+/g, ' ').trim() : start;
  return shorten(line, 160);
}

/** What a thread is about: the first line of its first message. */
export function firstLine(body: string): string {
  const start = body.length > 400 ? body.slice(0, 400) : body;
  const text = FIRST_SPACE.test(start) ? start.trimStart() : start;
  const end = text.indexOf('\n');
  return shorten(end === -1 ? text : text.slice(0, end), 120);
}

const FIRST_SPACE = /^\s/;

function shorten(line: string, chars: number): string {
  const cut = line.length > chars ? line.slice(0, chars - 1) : line;
  const last = cut.charCodeAt(cut.length - 1);
  // Half a character may be left of one that was cut through.
  const whole = last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut;
  return line.length > chars ? `${whole}…` : whole;
}
