import { expect, test } from 'vitest';
import { type Left, reasonOf, sayLeft } from './say-left.ts';

const pull = { name: 'web/app#7', title: 'Fix it', headOid: 'c0ffee' };
const say = (left: Left, by: string, mode: 'queue' | 'alone' = 'queue') =>
  sayLeft({ ...pull, mode }, { by, left })
    .map((part) => (typeof part === 'string' ? part : `“${part.quote}”`))
    .join('');
const out = (reason: string, next: 'solve' | 'ask' | 'others_ask', lines = ''): Left => ({ is: 'put_out', reason, lines, next }); // prettier-ignore

test.each<[Left, string, 'queue' | 'alone', string]>([
  [{ is: 'taken' }, 'operator', 'queue', 'the operator took web/app#7 (“Fix it”) out of the merge queue.'],
  [{ is: 'taken' }, 'scout', 'alone', 'scout ended the wait of web/app#7 (“Fix it”) for its merge.'],
  [{ is: 'anew' }, 'scout', 'queue', 'scout asked anew for the merge of web/app#7 (“Fix it”), at its commit c0ffee.'],
  [
    out('on top of main, these checks failed: unit', 'solve', 'x is wrong'),
    'system',
    'queue',
    'web/app#7 (“Fix it”) is no longer in the merge queue: “on top of main, these checks failed: unit”. The first lines that say why: “x is wrong” Ask for its merge again when that is solved.',
  ],
  [
    out('its base is next now', 'ask'),
    'system',
    'queue',
    'web/app#7 (“Fix it”) is no longer in the merge queue: “its base is next now”. Ask for its merge again.',
  ],
  [
    out('scout, who asked for its merge, is gone', 'others_ask'),
    'system',
    'alone',
    'web/app#7 (“Fix it”) is no longer waiting to be merged: “scout, who asked for its merge, is gone”. Somebody who may merge it can ask for that again.',
  ],
])('%j by %s, %s: %s', (...[left, by, mode, sentence]) => {
  expect(say(left, by, mode)).toBe(sentence);
});

test('nobody is named twice, and the reason in the conversation follows who did it', () => {
  for (const by of ['operator', 'scout'])
    for (const left of [{ is: 'taken' }, { is: 'anew' }] as const) {
      expect(say(left, by).match(/operator|scout/g)).toEqual([by]);
      expect(reasonOf(left)).not.toContain(by);
    }
});
