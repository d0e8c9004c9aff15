import type { RawRequest } from './protocol.ts';

/** Where the value of a field stands in a body. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** A value of `model`; not `isExact`: of `Model`, or another spelling. */
interface ModelPlace extends Place {
  readonly isExact: boolean;
}

/**
 * The model that a JSON body names; `repeated`: it names it more than once, and readers may differ in which one counts.
 * Some do not tell capital letters from small ones in a field's name.
 */
export interface NamedModel {
  readonly model: string | null;
  readonly repeated: boolean;
}

/** Reads the model from the outermost object of a JSON body of any size, without parsing the rest. */
export function readModel(body: Buffer): NamedModel {
  const places = findModel(body);
  const place = places.find(({ isExact }) => isExact);
  return { model: place === undefined ? null : readText(body, place), repeated: places.length > 1 };
}

/**
 * The body with another model: everything else stays byte for byte as the box wrote it. A body that names no model, or
 * several, is returned as it is.
 */
export function replaceModel(body: Buffer, model: string): Buffer {
  const places = findModel(body);
  const [place] = places;
  if (place === undefined || !place.isExact || places.length > 1) return body;
  return Buffer.concat([body.subarray(0, place.start), Buffer.from(JSON.stringify(model)), body.subarray(place.end)]);
}

/** The same request to another model, for protocols whose body names it. */
export function changeModel({ body, target }: RawRequest, model: string): RawRequest {
  return { body: replaceModel(body, model), target };
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

/** Every `model` of the outermost object. What follows a part that is not JSON is not read: no provider reads it. */
function findModel(body: Buffer): ModelPlace[] {
  const found: ModelPlace[] = [];
  let at = skipSpaces(body, body.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0);
  if (body[at] !== OPEN) return found;
  for (;;) {
    const keyAt = skipSpaces(body, at + 1);
    if (body[keyAt] !== QUOTE) return found;
    const keyEnd = endOfString(body, keyAt);
    const colon = skipSpaces(body, keyEnd);
    if (body[colon] !== COLON) return found;
    const start = skipSpaces(body, colon + 1);
    const end = endOfValue(body, start);
    const key = readText(body, { start: keyAt, end: keyEnd });
    if (key?.toLowerCase() === 'model') found.push({ start, end, isExact: key === 'model' });
    at = skipSpaces(body, end);
    if (body[at] !== COMMA) return found;
  }
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

/** A place's text, if it holds a JSON string. */
function readText(body: Buffer, { start, end }: Place): string | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8', start, end));
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
