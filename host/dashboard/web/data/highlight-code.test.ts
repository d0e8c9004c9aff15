import { expect, test } from 'vitest';
import { highlightLines, languageOf } from './highlight-code.ts';
import { mergePieces } from './highlight-diff.ts';

test('the language of a file is known by its name', () => {
  expect(['a/b.ts', 'Dockerfile', 'x.PY', 'a.unknown', 'constructor', 'a.toString'].map(languageOf)).toEqual([
    'typescript',
    'dockerfile',
    'python',
    null,
    null,
    null,
  ]);
});

test.each([
  ['typescript', ['const a = `x', '${b}`; // <img src=x onerror=alert(1)>', '', '"</script>"']],
  ['xml', ['<svg onload="alert(1)">', '<!-- -->', '</svg>']],
  ['json', ['{"a": [1, "</script>"']],
])('code in %s is exactly the text that was given', (language, lines) => {
  const tokens = highlightLines(language, lines);
  expect(tokens.map((line) => line.map(({ text }) => text).join(''))).toEqual(lines);
  expect(tokens.flat().some(({ kind }) => kind !== null)).toBe(true);
  expect(tokens.flat().every(({ kind }) => kind === null || /^[\w.-]+$/.test(kind))).toBe(true);
});

test('too much code at once is plain', () => {
  expect(highlightLines('json', ['"x"'.repeat(20_000)])).toEqual([[{ text: '"x"'.repeat(20_000), kind: null }]]);
});

test('what changed and what kind it is are shown together', () => {
  const pieces = [
    { text: 'const a', changed: false },
    { text: 'b = 1', changed: true },
  ];
  const tokens = [
    { text: 'const', kind: 'keyword' },
    { text: ' ab = ', kind: null },
    { text: '1', kind: 'number' },
  ];
  expect(mergePieces(pieces, tokens)).toEqual([
    { text: 'const', changed: false, kind: 'keyword' },
    { text: ' a', changed: false, kind: null },
    { text: 'b = ', changed: true, kind: null },
    { text: '1', changed: true, kind: 'number' },
  ]);
});
