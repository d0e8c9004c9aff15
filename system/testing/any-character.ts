import { type Arbitrary, integer, oneof } from 'fast-check';

const SURROGATES = { first: 0xd800, count: 0x800 };
const LAST = 0x10ffff - SURROGATES.count;

/**
 * Test support: any character of Unicode, every second one of the first 256, where control characters are. For
 * `string({ unit: anyCharacter() })`: fast-check's own unit "binary" takes a second of processor time to make.
 */
export function anyCharacter(): Arbitrary<string> {
  return oneof(integer({ min: 0, max: 0xff }), integer({ min: 0, max: LAST })).map((n) =>
    String.fromCodePoint(n < SURROGATES.first ? n : n + SURROGATES.count),
  );
}
