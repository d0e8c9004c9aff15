import { encodeSecret } from './encode-secret.ts';
import { replaceKeyShapes, SHORTEST_KEY } from './key-shapes.ts';
import { createNeedleSearch, SHORTEST_NEEDLE } from './needle-search.ts';

/** A value that must not be seen, and the name that stands in its place. */
export interface NamedSecret {
  readonly name: string;
  readonly value: string;
}

/** A redacted text. `found` has the names of its secrets, each once; without any, the text is the given one. */
export interface Redacted<T> {
  readonly value: T;
  readonly found: readonly string[];
}

/**
 * Replaces secrets by `[secret:NAME]`: each value and its usual encodings (encode-secret.ts), and keys of well-known
 * shapes by their kind (key-shapes.ts). It helps against mistakes, not against somebody who disguises a value.
 */
export interface Redactor {
  redactText(text: string): Redacted<string>;
  /**
   * Redacts every string of a JSON value, keys of objects included. Returns the same value when nothing was found and
   * nothing is nested more than 100 levels deep, which is replaced.
   */
  redactJson<T>(json: T): Redacted<T>;
  /** For bytes that arrive in chunks. Only declared secrets are found there, no shapes of keys. */
  openStream(): RedactionStream;
}

/**
 * The redaction of one stream. Only bytes that may be the beginning of a secret are held back until the next chunk
 * decides, so no other byte is late.
 */
export interface RedactionStream {
  /** Takes a chunk and returns the bytes that are decided. */
  push(chunk: Uint8Array): Buffer;
  /** Returns the rest: a beginning of a secret that did not become one. */
  end(): Buffer;
  /** The names found until now. */
  readonly found: ReadonlySet<string>;
}

/** The minimum length of a secret in bytes of UTF-8: a shorter one would redact ordinary words. */
export const SHORTEST_SECRET = SHORTEST_NEEDLE;

/** What lies deeper in a JSON value is replaced: whoever sends it must not exhaust the stack. */
const DEEPEST = 100;
const TOO_DEEP = '[nested too deeply]';

const NOTHING: readonly string[] = [];
const NO_BYTES: Buffer = Buffer.alloc(0);
/** Texts of up to this many UTF-16 units are encoded without an allocation. */
const SHORT_TEXT = 16 * 1024;

/** Throws for a value of fewer than `SHORTEST_SECRET` bytes. */
export function createRedactor(
  secrets: readonly NamedSecret[],
  { keyShapes = true, say = sayName }: { keyShapes?: boolean; say?: (name: string) => string } = {},
): Redactor {
  const forms = secrets.flatMap(({ name, value }) => encodeSecret(value).map((needle) => ({ name, needle })));
  const search = createNeedleSearch(forms.map(({ needle }) => needle));
  const scratch = Buffer.allocUnsafe(SHORT_TEXT * 3);
  // Most strings of an operation are shorter than any key: they are not even encoded. In UTF-16 units.
  const shortest = forms.reduce((least, { needle }) => Math.min(least, needle.bytes.toString().length), Infinity);
  const shortestAny = Math.min(shortest, SHORTEST_KEY);

  /** The places of secrets in order; overlapping ones are one place with several names. */
  function findPlaces(bytes: Buffer, length: number): Place[] {
    const hits = search.findAll(bytes, length);
    if (hits.length === 0) return [];
    const places: Place[] = [];
    for (const { start, end, needle } of hits.sort((a, b) => a.start - b.start || b.end - a.end)) {
      const { name } = forms[needle]!;
      const before = places.at(-1);
      if (before === undefined || start >= before.end) places.push({ start, end, names: new Set([name]) });
      else {
        before.end = Math.max(before.end, end);
        before.names.add(name);
      }
    }
    return places;
  }

  function replacePlaces(bytes: Buffer, places: readonly Place[], length: number): Buffer {
    const parts: Buffer[] = [];
    let from = 0;
    for (const { start, end, names } of places) {
      parts.push(bytes.subarray(from, start), Buffer.from([...names].map(say).join('')));
      from = end;
    }
    parts.push(bytes.subarray(from, length));
    return Buffer.concat(parts);
  }

  function redactText(text: string): Redacted<string> {
    if (text.length < shortestAny) return { value: text, found: NOTHING };
    const found = new Set<string>();
    const short = text.length <= SHORT_TEXT;
    const bytes = short ? scratch : Buffer.from(text);
    const length = text.length < shortest ? 0 : short ? scratch.write(text) : bytes.length;
    const places = findPlaces(bytes, length);
    for (const { names } of places) for (const name of names) found.add(name);
    const known = places.length === 0 ? text : replacePlaces(bytes, places, length).toString();
    const value = keyShapes
      ? replaceKeyShapes(known, (kind) => {
          found.add(kind);
          return say(kind);
        })
      : known;
    return { value, found: found.size === 0 ? NOTHING : [...found] };
  }

  function redactJson<T>(json: T): Redacted<T> {
    const found = new Set<string>();
    const walkText = (text: string): string => {
      if (text.length < shortestAny) return text;
      const redacted = redactText(text);
      for (const name of redacted.found) found.add(name);
      return redacted.value;
    };
    const walk = (value: unknown, depth: number): unknown => {
      if (typeof value === 'string') return walkText(value);
      if (typeof value !== 'object' || value === null) return value;
      if (depth > DEEPEST) return TOO_DEEP;
      return Array.isArray(value) ? walkItems(value, depth) : walkFields(value as Record<string, unknown>, depth);
    };
    // Every input and event passes here, and hardly any has a secret: a copy is begun with the first change.
    function walkItems(items: readonly unknown[], depth: number): readonly unknown[] {
      let changed: unknown[] | null = null;
      for (let index = 0; index < items.length; index += 1) {
        const item = walk(items[index], depth + 1);
        if (changed === null && item !== items[index]) changed = items.slice(0, index);
        changed?.push(item);
      }
      return changed ?? items;
    }
    function walkFields(fields: Readonly<Record<string, unknown>>, depth: number): Readonly<Record<string, unknown>> {
      let changed: [string, unknown][] | null = null;
      const keys = Object.keys(fields);
      for (let index = 0; index < keys.length; index += 1) {
        const key = keys[index]!;
        const [walkedKey, inner] = [walkText(key), walk(fields[key], depth + 1)];
        if (changed === null && (walkedKey !== key || inner !== fields[key]))
          changed = keys.slice(0, index).map((before) => [before, fields[before]]);
        changed?.push([walkedKey, inner]);
      }
      return changed === null ? fields : Object.fromEntries(changed);
    }
    const value = walk(json, 0) as T;
    return { value, found: found.size === 0 ? NOTHING : [...found] };
  }

  function openStream(): RedactionStream {
    const found = new Set<string>();
    let held: Buffer = NO_BYTES;
    /** Replaces the places that end within the first `decided` bytes, and holds the rest. */
    function take(bytes: Buffer, decided: number): Buffer {
      const places = findPlaces(bytes, bytes.length);
      if (places.length === 0 && decided === bytes.length) {
        held = NO_BYTES;
        return bytes;
      }
      const cut = places.reduceRight((at, { start, end }) => (start < at && at < end ? start : at), decided);
      const inside = places.filter(({ end }) => end <= cut);
      for (const { names } of inside) for (const name of names) found.add(name);
      // A copy: a held subarray would keep its whole chunk in memory.
      held = Buffer.from(bytes.subarray(cut));
      return inside.length === 0 ? bytes.subarray(0, cut) : replacePlaces(bytes, inside, cut);
    }
    return {
      found,
      push(chunk) {
        const given = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        const bytes = held.length === 0 ? given : Buffer.concat([held, given]);
        return take(bytes, bytes.length - search.unfinishedLength(bytes));
      },
      end: () => take(held, held.length),
    };
  }

  return { redactText, redactJson, openStream };
}

interface Place {
  readonly start: number;
  end: number;
  readonly names: Set<string>;
}

function sayName(name: string): string {
  return `[secret:${name}]`;
}
