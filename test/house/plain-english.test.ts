import { expect, test } from 'vitest';
import { readSources } from './sources.ts';

/**
 * Turns of phrase that made readers stop: pronouns without a noun, and everyday words in place of the standard term. The
 * list grows with each one that a reader trips over.
 */
const RIDDLES = [
  'told in vain',
  'said in vain',
  'none any more',
  "nobody's any more",
  'who looks can',
  'that which',
  'what came of it',
  'what came of them',
  'it is that one',
  'it is none',
  'what becomes of',
  'what lies',
  'what was asked for',
  'goes on behind',
  'as it comes',
  'half characters',
  'is told at once',
  'does not say it',
  'whose it is',
  'from when on',
  'asked for again',
  'other than before',
  'how it stands',
  'what stands',
  'is told of',
];

test('no source has a phrase that a reader has to puzzle out', () => {
  const found = readSources()
    .filter(({ path }) => !path.endsWith('plain-english.test.ts'))
    .flatMap(({ path, text }) =>
      RIDDLES.filter((riddle) => text.includes(riddle)).map((riddle) => `${path}: ${riddle}`),
    );
  expect(found).toEqual([]);
});
