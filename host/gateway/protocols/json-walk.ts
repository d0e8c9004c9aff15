import { parseJson } from '../../../system/text/parse-json.ts';
/** Where a value stands in a body. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** A member of an object; its key is null where that is no JSON text. */
export interface Member extends Place {
  readonly key: string | null;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The members of the outermost object of a JSON body of any size, without parsing their values, and with every one of
 * those that have the same key. What follows a part that is not JSON is not read: no provider reads it.
 */
export function rootMembers(body: Buffer): Generator<Member> {
  const start = body.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
  return membersOf(body, { start, end: body.length });
}

/** The members of an object; none of another value. */
export function* membersOf(body: Buffer, { start, end: last }: Place): Generator<Member> {
  let at = skipSpaces(body, start);
  if (body[at] !== OPEN) return;
  while (at < last) {
    const keyAt = skipSpaces(body, at + 1);
    if (body[keyAt] !== QUOTE) return;
    const keyEnd = endOfString(body, keyAt);
    const colon = skipSpaces(body, keyEnd);
    if (body[colon] !== COLON) return;
    const valueAt = skipSpaces(body, colon + 1);
    const end = endOfValue(body, valueAt);
    yield { key: readText(body, { start: keyAt, end: keyEnd }), start: valueAt, end };
    at = skipSpaces(body, end);
    if (body[at] !== COMMA) return;
  }
}

/** The items of a list; none of another value. */
export function* itemsOf(body: Buffer, { start, end: last }: Place): Generator<Place> {
  let at = skipSpaces(body, start);
  if (body[at] !== OPEN_LIST) return;
  while (at < last) {
    const itemAt = skipSpaces(body, at + 1);
    if (body[itemAt] === CLOSE_LIST) return;
    const end = endOfValue(body, itemAt);
    yield { start: itemAt, end };
    at = skipSpaces(body, end);
    if (body[at] !== COMMA) return;
  }
}

export function isObject(body: Buffer, { start }: Place): boolean {
  return body[start] === OPEN;
}

export function isList(body: Buffer, { start }: Place): boolean {
  return body[start] === OPEN_LIST;
}

/** A place's text, if it holds a JSON string. */
export function readText(body: Buffer, place: Place): string | null {
  const value = readJson(body, place);
  return typeof value === 'string' ? value : null;
}

/** A place's value, parsed; undefined when it is not JSON. Of two members with one key, the later one. */
export function readJson(body: Buffer, { start, end }: Place): unknown {
  return parseJson(body.toString('utf8', start, end));
}

function skipSpaces(body: Buffer, from: number): number {
  let at = from;
  while (SPACES.has(body[at] ?? 0)) at += 1;
  return at;
}

/** Behind the closing quote; the body's end without one. */
function endOfString(body: Buffer, start: number): number {
  let at = start;
  for (;;) {
    at = body.indexOf(QUOTE, at + 1);
    if (at === -1) return body.length;
    let before = at;
    while (body[before - 1] === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 0) return at + 1;
  }
}

function endOfValue(body: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < body.length) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = endOfString(body, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE || byte === CLOSE_LIST) {
      // The end of the object around it.
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return at;
    at += 1;
  }
  return at;
}
