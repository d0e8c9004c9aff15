import * as fc from 'fast-check';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { readQuery } from './read-query.ts';

test.each([
  ['deploy failed', '"deploy" "failed"'],
  ['"disk full" now', '"disk full" "now"'],
  ['deplo*', '"deplo"*'],
  ['a* 猫*', '"a" "猫"*'],
  ['NOT (a OR b)', '"NOT" "(a" "OR" "b)"'],
])('%j becomes the expression %j', (typed, expression) => {
  expect(readQuery(typed)).toBe(expression);
});

test.each(['', '   ', '"', '***', '- + !'])('%j contains no word', (typed) => {
  expect(() => readQuery(typed)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
});

test('a search with too many prefixes is refused: it would keep the hive busy', () => {
  expect(() => readQuery('ab* cd* ef* gh*')).toThrow(expect.objectContaining({ code: 'invalid_input' }));
});

test('no typed text is a syntax error to FTS5', () => {
  const db = new Database(':memory:');
  db.exec('CREATE VIRTUAL TABLE t USING fts5 (body)');
  const match = db.prepare('SELECT rowid FROM t WHERE t MATCH ?');
  const piece = fc.oneof(
    fc.constantFrom('"', '*', 'AND', 'NEAR(', ')', '^', ':', 'body:', '-', '\u0000', ' '),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      let expression: string;
      try {
        expression = readQuery(pieces.join(''));
      } catch {
        return;
      }
      match.all(expression);
    }),
  );
  db.close();
});
