import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, SHORTEST_SECRET } from './redactor.ts';

const TOKEN = 'tök"en/+ 42~?\\x(y)!é';
const KEY = 'kU3v-9xQe_71aTzB04mWn2';
const { redactText, redactJson, openStream } = createRedactor([
  { name: 'TOKEN', value: TOKEN },
  { name: 'KEY', value: KEY },
]);

/** Redacts a stream that arrives in these chunks. */
function pass(chunks: readonly Uint8Array[], stream = openStream()): string {
  return Buffer.concat([...chunks.map((chunk) => stream.push(chunk)), stream.end()]).toString();
}

function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1]!, end));
}

const every = (value: string) => Buffer.from(value).toString('hex').replace(/../g, '%$&');
const ENCODINGS: Record<string, (value: string) => string> = {
  'as it is': (value) => value,
  JSON: (value) => JSON.stringify({ value }),
  'JSON in JSON': (value) => JSON.stringify(JSON.stringify({ value })),
  'JSON in ASCII': (value) => JSON.stringify(value).replace(/[^ -~]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
  'a query': (value) => String(new URLSearchParams({ value })),
  encodeURIComponent: encodeURIComponent,
  encodeURI: encodeURI,
  'percent, every byte': every,
  hex: (value) => Buffer.from(value).toString('hex'),
  'base64 in base64 lines': (value) => Buffer.from(value).toString('base64').replace(/.{19}/g, '$&\n'),
  'base64 lines in JSON': (value) =>
    JSON.stringify(Buffer.from(value).toString('base64').replace(/.{19}/g, '$&\r\n  ')),
};
for (const before of ['', 'a', 'ab', 'abc', 'abcd'])
  for (const encoding of ['base64', 'base64url'] as const)
    ENCODINGS[`${encoding} after ${before.length} bytes`] = (value) =>
      Buffer.from(`${before}${value}z`).toString(encoding);

describe.each(Object.entries(ENCODINGS))('a secret encoded as %s', (_name, encode) => {
  test.each([
    ['TOKEN', TOKEN],
    ['KEY', KEY],
  ])('is replaced by its name (%s)', (name, value) => {
    const { value: text, found } = redactText(`before ${encode(value)} after`);
    expect(text).toMatch(new RegExp(`^before .*\\[secret:${name}\\].* after$`, 's'));
    expect(found).toEqual([name]);
    // What remains beside the name: quotes, names of fields, and bits of neighbours.
    expect(text.replace(`[secret:${name}]`, '').length).toBeLessThan(40);
  });

  test('is replaced wherever a stream is cut', () => {
    const bytes = Buffer.from(`before ${encode(TOKEN)} after`);
    const whole = redactText(bytes.toString()).value;
    for (let at = 0; at <= bytes.length; at += 1) expect(pass(cutAt(bytes, [at]))).toBe(whole);
    expect(pass(cutAt(bytes, [...bytes.keys()]))).toBe(whole);
  });
});

describe('redactText', () => {
  test('returns a text without secrets unchanged', () => {
    const text = 'An ordinary text — with dashes, naïve words and "quotes".';
    expect(redactText(text)).toEqual({ value: text, found: [] });
  });

  test('replaces every occurrence, adjacent ones too, and names each secret once', () => {
    expect(redactText(`${KEY}${KEY} ${TOKEN} ${KEY}`)).toEqual({
      value: '[secret:KEY][secret:KEY] [secret:TOKEN] [secret:KEY]',
      found: ['KEY', 'TOKEN'],
    });
  });

  test('leaves nothing of secrets that overlap or contain each other', () => {
    const redactor = createRedactor([
      { name: 'A', value: 'one-two-three' },
      { name: 'B', value: 'three-four-five' },
      { name: 'C', value: 'two-three' },
    ]);
    expect(redactor.redactText('x one-two-three-four-five y').value).toBe('x [secret:A][secret:C][secret:B] y');
    expect(redactor.redactText('x two-three y').value).toBe('x [secret:C] y');
  });

  test('finds secrets in texts of any length', () => {
    for (const size of [10, 5_000, 16_384, 16_385, 100_000])
      expect(redactText(`${'é'.repeat(size)}${KEY}`)).toEqual({
        value: `${'é'.repeat(size)}[secret:KEY]`,
        found: ['KEY'],
      });
  });

  test('refuses a secret that would redact ordinary words', () => {
    expect(() => createRedactor([{ name: 'SHORT', value: 'x'.repeat(SHORTEST_SECRET - 1) }])).toThrow(/too short/);
    const { redactText: short } = createRedactor([{ name: 'SHORT', value: 'x7Bq2Lk9' }]);
    expect(short(`a x7Bq2Lk9 ${Buffer.from('x7Bq2Lk9').toString('base64')}`).value).toBe(
      'a [secret:SHORT] [secret:SHORT]k=',
    );
  });
});

describe('keys of well-known shapes', () => {
  const random = 'Zk3'.repeat(16);
  test.each([
    [`sk-ant-api03-${random}`, 'api-key'],
    [`sk-proj-${random}`, 'api-key'],
    [`sk-${random}`, 'api-key'],
    [`ghp_${'a1B2'.repeat(9)}`, 'github-token'],
    [`github_pat_${'a1B2'.repeat(16)}`, 'github-token'],
    ['AKIAIOSFODNN7EXAMPLE', 'aws-key-id'],
    [`-----BEGIN OPENSSH PRIVATE KEY-----\n${`${random}\n`.repeat(4)}-----END OPENSSH PRIVATE KEY-----`, 'private-key'],
    [`-----BEGIN PRIVATE KEY-----\\n${`${random}\\n`.repeat(4)}-----END PRIVATE KEY-----`, 'private-key'],
    [`-----BEGIN RSA PRIVATE KEY-----\n${random}\n${random}`, 'private-key'],
  ])('are replaced by their kind: %s', (key, kind) => {
    expect(redactText(`key="${key}".`)).toEqual({ value: `key="[secret:${kind}]".`, found: [kind] });
  });

  test.each([
    'task-list-with-many-words-and-a-long-tail-of-them',
    'sk-fading-circle-animation-delay-of-all-the-dots',
    'sk-ant-...',
    'a block that begins with -----BEGIN PRIVATE KEY----- and so on',
    'AKIA',
    'ghp_short',
    '0f5a9ca6d8b1f4c6d2d7b0a4e3f2c1d0b9a8f7e6',
  ])('are not seen in other text: %s', (text) => {
    expect(redactText(text)).toEqual({ value: text, found: [] });
  });
});

describe('redactJson', () => {
  test('replaces secrets in values and keys at any depth, and keeps everything else', () => {
    const given = { a: [1, null, `x ${KEY}`], [KEY]: { deep: [{ text: TOKEN }] }, ok: true };
    expect(redactJson(given)).toEqual({
      value: { a: [1, null, 'x [secret:KEY]'], '[secret:KEY]': { deep: [{ text: '[secret:TOKEN]' }] }, ok: true },
      found: ['KEY', 'TOKEN'],
    });
  });

  test('returns the same value when it contains none', () => {
    const given = { a: [1, { b: 'text' }], c: undefined };
    expect(redactJson(given).value).toBe(given);
  });

  test('of any depth does not exhaust the stack: anything deeper than real values is replaced', () => {
    const levels = 200_000;
    const deep = JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    const { value, found } = redactJson({ kept: 'a', deep });
    expect(found).toEqual([]);
    expect(JSON.stringify(value)).toMatch(/^\{"kept":"a","deep":\[+"\[nested too deeply\]"\]+\}$/);
  });
});

describe('openStream', () => {
  test('holds back no byte that cannot begin a secret', () => {
    const stream = openStream();
    expect(String(stream.push(Buffer.from('data: {"text":"hi"}\n\n')))).toBe('data: {"text":"hi"}\n\n');
  });

  test('lets the beginning of a secret pass when it does not become one', () => {
    expect(pass([Buffer.from(KEY.slice(0, 10)), Buffer.from('and more')])).toBe(`${KEY.slice(0, 10)}and more`);
    expect(pass([Buffer.from(KEY.slice(0, 10))])).toBe(KEY.slice(0, 10));
  });

  test('leaves no secret, however the stream is cut (property)', () => {
    const values = ['aabaabaa', 'abababababab', 'bbbbbbbb'];
    const redactor = createRedactor(values.map((value, index) => ({ name: `S${index}`, value })));
    const piece = fc.oneof(fc.constantFrom(...values), fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 5 }), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''));
        const text = pass(cutAt(bytes, cuts), redactor.openStream());
        for (const value of values) expect(text).not.toContain(value);
      }),
    );
  });
});
