import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { createOutputFilter } from './filter-output.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const filter = (text: string) => createOutputFilter().take(bytes(text));

test.each([
  ['text and line ends', 'größe 漢字 🙂\r\n\ttab\b'],
  ['colours: 16, 256 and true', '\u001b[1;31mred\u001b[38;5;200mx\u001b[48;2;1;2;3my\u001b[4:3mz\u001b[0m'],
  [
    'cursor, erase, scroll',
    '\u001b[2J\u001b[H\u001b[10;20H\u001b[K\u001b[?2K\u001b[3A\u001b[1;24r\u001b[2S\u001b7\u001b8',
  ],
  ['the alternate screen, mouse, paste, cursor', '\u001b[?1049h\u001b[?1000;1006h\u001b[?2004h\u001b[?25l\u001b[2 q'],
  ['line drawing', '\u001b(0lqk\u001b(B'],
])('%s pass unchanged', (_, text) => {
  expect(filter(text)).toEqual({ live: text, replay: text });
});

test.each([
  ['OSC 52, the clipboard', '\u001b]52;c;ZXZpbA==\u0007'],
  ['OSC 52, ended by ST', '\u001b]52;c;ZXZpbA==\u001b\\'],
  ['OSC 0, the title', '\u001b]0;rm -rf /\u0007'],
  ['the report of the title', '\u001b[21t'],
  ['OSC 8, a link', '\u001b]8;;https://evil.example\u0007'],
  ['OSC 10 and 4, questions for colours', '\u001b]10;?\u0007\u001b]4;1;?\u001b\\'],
  ['OSC 1337, a file', '\u001b]1337;File=name=YQ==:YQ==\u0007'],
  ['DECRQSS', '\u001bP$q"p\u001b\\'],
  ['DECUDK: keys that type something', '\u001bP0;1|17/6c73\u001b\\'],
  ['APC, PM and SOS', '\u001b_Gf=24;AAAA\u001b\\\u001b^x\u001b\\\u001bXx\u001b\\'],
  ['window operations', '\u001b[8;1;1t\u001b[3;0;0t\u001b[5i'],
  ['changes of the keyboard', '\u001b[>4;2m\u001b[>1u\u001b[=1;1u\u001b[?8h'],
  ['132 columns', '\u001b[?3h'],
  ['ENQ, the answerback', '\u0005'],
  ['8-bit control characters, also in UTF-8', '\u009b\u009d\u0090'],
  ['DECID and requests for other reports', '\u001bZ\u001b[x\u001b[?1$p\u001b[>q\u001b[=c'],
])('%s is removed', (_, text) => {
  expect(filter(`a${text}b`)).toEqual({ live: 'ab', replay: 'ab' });
});

test.each('bLMSTIZ@PX'.split(''))(
  'a number that a terminal would count to for minutes becomes 1,000: CSI %s',
  (final) => {
    expect(filter(`x\u001b[2147483647${final}y`).live).toBe(`x\u001b[1000${final}y`);
    expect(filter(`x\u001b[1000${final}\u001b[${final}y`).live).toBe(`x\u001b[1000${final}\u001b[${final}y`);
  },
);

test.each('ABCDEFGHJK`adefgmr'.split(''))('a number above 9,999 removes the whole sequence: CSI %s', (final) => {
  expect(filter(`x\u001b[1;10000${final}y`).live).toBe('xy');
  expect(filter(`x\u001b[${'9'.repeat(200)}${final}y`).live).toBe('xy');
  expect(filter(`x\u001b[9999${final}y`).live).toBe(`x\u001b[9999${final}y`);
});

test('each number of a sequence counts, also below a colon and after "?"', () => {
  expect(filter('a\u001b[1;99999b\u001b[38:2::10000:1:1m\u001b[?10000Jz').live).toBe('a\u001b[1;1000bz');
});

test('requests with an answer of numbers are passed on once, and are not in what is shown later', () => {
  expect(filter('a\u001b[6nb\u001b[cc')).toEqual({ live: 'a\u001b[6nb\u001b[cc', replay: 'abc' });
});

test('of several modes in one sequence, those that are known remain', () => {
  expect(filter('\u001b[?3;25;1006l').live).toBe('\u001b[?25;1006l');
});

test('bytes that are not UTF-8 become U+FFFD, also where a terminal would see a control character', () => {
  expect(createOutputFilter().take(new Uint8Array([0x61, 0x9b, 0x33, 0x31, 0x6d, 0xff])).live).toBe('a\ufffd31m\ufffd');
});

test('a string that never ends hides no more than 64 KiB', () => {
  expect(filter(`\u001b]0;${'x'.repeat(70_000)}end`).live.endsWith('end')).toBe(true);
});

test('however output is cut into pieces, the result is the same', () => {
  const parts = fc.constantFrom(
    'ä',
    '🙂',
    'x',
    '\r\n',
    '\u001b',
    '[',
    ']52;c;',
    '31m',
    '?1049h',
    '\u0007',
    '\\',
    'P',
    '6n',
    '\u009b',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 40 }), fc.array(fc.nat(200), { maxLength: 8 }), (texts, cuts) => {
      const all = bytes(texts.join(''));
      const whole = createOutputFilter().take(all);
      const pieces = createOutputFilter();
      let live = '';
      let replay = '';
      let from = 0;
      for (const to of [...cuts.map((cut) => cut % (all.length + 1)).toSorted((a, b) => a - b), all.length]) {
        const out = pieces.take(all.subarray(from, to));
        live += out.live;
        replay += out.replay;
        from = to;
      }
      expect({ live, replay }).toEqual(whole);
    }),
  );
});

test('whatever a program prints, nothing but known sequences comes out', () => {
  const allowed =
    // oxlint-disable-next-line no-control-regex -- what is allowed contains them
    /^(?:[^\u0000-\u001f\u007f-\u009f]|[\u0007-\u000f]|\u001b(?:[78=>DEHMc]|[()*+][0-2AB]|#8|\[[?>]?(?:[0-9]{0,4}[:;])*[0-9]{0,4}(?: q|!p|[@-~])))*$/;
  // oxlint-disable-next-line no-control-regex -- what is looked for contains one
  const repeated = /\u001b\[(?:[0-9]*;)*([0-9]+)(?:;[0-9]*)*[bLMSTIZ@PX]/g;
  const sequences = fc
    .tuple(
      fc.array(fc.oneof(fc.nat(), fc.nat(20_000), fc.constant('')), { maxLength: 3 }),
      fc.integer({ min: 0x40, max: 0x7e }),
    )
    .map(([numbers, final]) => bytes(`\u001b[${numbers.join(';')}${String.fromCharCode(final)}`));
  const pieces = fc.array(fc.oneof(fc.uint8Array({ maxLength: 100 }), sequences), { maxLength: 6 });
  fc.assert(
    fc.property(pieces, (noise) => {
      const { live } = createOutputFilter().take(Buffer.concat(noise));
      expect(live).toMatch(allowed);
      for (const [, times] of live.matchAll(repeated)) expect(Number(times)).toBeLessThanOrEqual(1_000);
    }),
    { numRuns: 1_000 },
  );
});
