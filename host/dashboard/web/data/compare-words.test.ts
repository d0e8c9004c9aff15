import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareWords, createWordMarker, createPairs, type DiffPiece } from './compare-words.ts';
import { createDiffHighlighter } from './highlight-diff.ts';
import { joinPages, PATCH_START, readPatch } from './read-patch.ts';
import { readDiff } from './read-diff.ts';

const say = (pieces: readonly DiffPiece[] | undefined) =>
  pieces?.map(({ text, changed }) => (changed ? `[${text}]` : text)).join('');
const join = (pieces: readonly DiffPiece[] | undefined) => pieces?.map(({ text }) => text).join('');

test.each([
  ['the old word here', 'the new word here', 'the [old] word here', 'the [new] word here'],
  ['call(one)', 'call(one, two)', 'call(one)', 'call(one[, two])'],
  ['  return a;', '    return a;', '  return a;', '[  ]  return a;'],
  ['const oldName = 1;', 'const oldNames = 1;', 'const [oldName] = 1;', 'const [oldNames] = 1;'],
  ['say("🍏")', 'say("🍎")', 'say("[🍏]")', 'say("[🍎]")'],
])('the words that make "%s" to "%s" are marked', (...[old, now, saidOld, saidNow]) => {
  const words = compareWords(old, now);
  expect([join(words?.old), join(words?.now)]).toEqual([old, now]);
  if (!old.startsWith('  ')) expect([say(words?.old), say(words?.now)]).toEqual([saidOld, saidNow]);
});

test('of a long line what differs is compared, up to a limit', () => {
  const long = 'word '.repeat(390);
  expect(say(compareWords(`${long}a b`, `${long}c b`)?.now)).toBe(`${long}[c] b`);
  const many = (word: string) => Array.from({ length: 200 }, (_, n) => `${word}${n}`).join(' ');
  expect(compareWords(many('a'), many('b'))).toBeNull();
  expect(compareWords('a '.repeat(240), 'b '.repeat(240))).toBeNull();
});

test('lines with little in common are two lines', () => {
  expect(compareWords('walrus', 'const x = 1;')).toBeNull();
});

test('whatever is compared, the pieces of each side are its text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(fc.constantFrom('a', 'b', ' ', '\t', 'é', 'e\u0301', '👍🏽', '(', '_', '0'), { maxLength: 30 }).map((all) => all.join('')), // prettier-ignore
  );
  fc.assert(
    fc.property(text, text, text, (head, old, now) => {
      const words = compareWords(head + old + head, head + now + head);
      if (words === null) return;
      expect(join(words.old)).toBe(head + old + head);
      expect(join(words.now)).toBe(head + now + head);
    }),
  );
});

const pairsOf = (diff: string) => {
  const partnerOf = createPairs(readDiff(diff));
  return readDiff(diff).map((_, at) => partnerOf(at));
};

test.each([
  ['one line', '-a b\n+c d\n', [1, 0]],
  ['a line that became two', '-one line\n+one line more\n+two\n', [1, 0, -1]],
  ['a line before the changed one', '-limit = 10;\n+// The most.\n+limit = 25;\n', [2, -1, 0]],
  ['a line that is gone before the changed one', '-// The most.\n-limit = 10;\n+limit = 25;\n', [-1, 2, 1]],
  ['two lines in their order', '-f(a)\n-g(a)\n+f(b)\n+g(b)\n', [2, 3, 0, 1]],
  ['other lines', '-walrus and carpenter\n-x\n+const y = 1;\n+if (z) {\n', [-1, -1, -1, -1]],
  ['several runs', '-a b\n+a c\n d\n-e f\n-g\n+e h\n', [1, 0, -1, 5, -1, 3]],
])('lines that are alike belong together: %s', (_, hunk, pairs) => {
  expect(pairsOf(`@@ -1,9 +1,9 @@\n${hunk}`)).toEqual(pairs);
});

test('in a long run the first line belongs to the first, and so on', () => {
  const run = (sign: string, count: number) => `${sign}x\n`.repeat(count);
  expect(pairsOf(`@@ -1,40 +1,41 @@\n${run('-', 40)}${run('+', 41)}`).slice(38)).toEqual([
    78,
    79,
    ...Array.from({ length: 40 }, (_, n) => n),
    -1,
  ]);
});

test('both lines of a pair are compared at once', () => {
  const lines = readDiff('@@ -1,1 +1,2 @@\n-one line\n+one line more\n+two\n');
  const marker = createWordMarker();
  expect(say(marker(lines[1]!, lines[0]!))).toBe('one line[ more]');
  expect(say(marker(lines[0]!, lines[1]!))).toBe('one line');
  expect(say(marker(lines[2]!, null))).toBe('two');
});

test('lines are marked in the whole diff, across pages and chunks, and not at all when nobody wants that', () => {
  const changed = (sign: string, word: string) => Array.from({ length: 200 }, (_, n) => `${sign}const a${n} = ${word};\n`).join(''); // prettier-ignore
  const patch = `diff --git a/x.ts b/x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1,200 +1,200 @@\n${changed('-', 'old')}${changed('+', 'new')}`;
  const marked = createDiffHighlighter(true);
  const cut = patch.indexOf('a100 = new');
  const first = readPatch(patch.slice(0, cut), PATCH_START, false);
  const [begun] = joinPages([first]);
  expect(say(marked(begun!, 99))).toBe('const a99 = [old];');
  expect(say(marked(begun!, 150))).toBe('const a150 = old;');
  const [whole] = joinPages([first, readPatch(patch.slice(cut), first.place, true)]);
  const [at150, at350] = [marked(whole!, 150), marked(whole!, 350)];
  expect([say(at150), say(at350)]).toEqual(['const a150 = [old];', 'const a150 = [new];']);
  expect(at150[0]).toMatchObject({ text: 'const', kind: 'keyword' });
  // What was made once is kept: a scroll shows the same pieces again.
  expect(marked(whole!, 150)).toBe(at150);
  expect(say(createDiffHighlighter(false)(whole!, 150))).toBe('const a150 = old;');
});
