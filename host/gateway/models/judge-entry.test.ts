import { expect, test } from 'vitest';
import type { EntryState } from '../../../protocol/schemas/model.ts';
import { type EntryFacts, judgeEntry, mayAnswer, pickEntry } from './judge-entry.ts';

const facts: EntryFacts = { account: 'key', limitedUntil: null, failingUntil: null };

test.each<[Partial<EntryFacts>, EntryState]>([
  [{}, { state: 'ready', until: null }],
  [
    { account: 'limited', limitedUntil: 9, failingUntil: 5 },
    { state: 'limited', until: 9 },
  ],
  [{ failingUntil: 5 }, { state: 'failing', until: 5 }],
  [
    { account: 'key_refused', limitedUntil: 9 },
    { state: 'refused', until: null },
  ],
  [{ account: 'wrong_client' }, { state: 'refused', until: null }],
  [{ account: 'unknown' }, { state: 'no_key', until: null }],
  [{ account: 'no_key' }, { state: 'no_key', until: null }],
  [{ account: 'demo' }, { state: 'demo', until: null }],
  [{ account: 'not_told' }, { state: 'not_told', until: null }],
])('an entry with %j is %j', (change, state) => {
  expect(judgeEntry({ ...facts, ...change })).toEqual(state);
});

const limited = (until: number): EntryState => ({ state: 'limited', until });
const plain = (state: EntryState['state']): EntryState => ({ state, until: null });

test.each<[string, EntryState[], number]>([
  ['the first that is ready', [limited(9), plain('ready'), plain('ready')], 1],
  ['one that failed lately, if there is no better one', [limited(5), plain('refused'), plain('failing')], 2],
  ['one with a key before the demo model', [plain('demo'), plain('ready')], 1],
  ['the limit that ends first, if all are held', [plain('refused'), limited(9), limited(7)], 2],
  ['the first, if nobody can', [plain('no_key'), plain('refused')], 0],
  ['the demo model, if nobody has a key', [plain('demo'), plain('demo')], 0],
])('a call goes to %s', (_, states, index) => {
  expect(pickEntry(states)).toBe(index);
});

test('an entry whose calls failed lately may answer; one that is held or refused may not', () => {
  expect(
    ['ready', 'failing', 'limited', 'refused', 'demo'].map((state) => mayAnswer(plain(state as EntryState['state']))),
  ).toEqual([true, true, false, false, false]);
});
