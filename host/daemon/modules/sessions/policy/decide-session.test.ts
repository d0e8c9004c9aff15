import { expect, test } from 'vitest';
import { decideSession, type SessionFacts } from './decide-session.ts';

const MINUTE = 60_000;
const USUAL: SessionFacts = {
  contextTokens: 60_000,
  windowTokens: 200_000,
  sinceMs: MINUTE,
  lifeMs: 5 * MINUTE,
  rates: { input: 2, cacheRead: 0.2, cacheWrite: 2.5, output: 10 },
  canCompact: true,
  notesAt: 50_000,
  habits: { work: { calls: 4, growth: 4_000, output: 500 }, coldShare: 0.2 },
};
const COLD = { sinceMs: 3 * 60 * MINUTE };
const BUSY = { habits: { work: { calls: 15, growth: 10_000, output: 2_000 }, coldShare: 0.03 } };

const CASES: readonly (readonly [name: string, facts: Partial<SessionFacts>, choice: string, reason: string])[] = [
  ['a small conversation', { contextTokens: 12_000 }, 'continue', '12k tokens (6 % of the window), cache warm'],
  ['one of unknown size', { contextTokens: null }, 'continue', 'its size is not known'],
  ['a small one, even when it is cold', { contextTokens: 12_000, ...COLD }, 'continue', 'cache cold (3 h since'],
  ['a warm one of a talkative agent', {}, 'continue', '60k tokens (30 % of the window), cache warm'],
  [
    'a cold one, with notes',
    COLD,
    'fresh',
    '60k tokens (30 % of the window), cache cold (3 h since the last turn, kept for 5 min): saves about',
  ],
  ['a cold one that nobody noted down', { ...COLD, notesAt: null }, 'compact', 'saves about'],
  ['the same where the CLI cannot compact', { ...COLD, notesAt: null, canCompact: false }, 'continue', 'cache cold'],
  ['a cold one whose notes are old', { ...COLD, contextTokens: 120_000, notesAt: 30_000 }, 'compact', 'saves about'],
  ['a warm one in the middle of much work', { ...BUSY, contextTokens: 120_000 }, 'compact', 'cache warm: saves about'],
  [
    'the same where the CLI cannot compact',
    { ...BUSY, contextTokens: 120_000, canCompact: false, notesAt: null },
    'continue',
    'cache warm',
  ],
  ['a full one', { contextTokens: 175_000 }, 'compact', 'nearly full'],
  [
    'a full one where the CLI cannot compact',
    { contextTokens: 175_000, canCompact: false, notesAt: 150_000 },
    'fresh',
    'nearly full',
  ],
  [
    'a full one of which nothing is noted',
    { contextTokens: 175_000, canCompact: false, notesAt: null },
    'continue',
    'nothing is noted',
  ],
  ['a warm one for an hour, after half of it', { sinceMs: 30 * MINUTE, lifeMs: 60 * MINUTE }, 'continue', 'cache warm'],
];

test.each(CASES)('%s', (...[, more, choice, reason]) => {
  const decision = decideSession({ ...USUAL, ...more });
  expect(decision.choice).toBe(choice);
  expect(decision.reason).toContain(reason);
});

test('notes are asked for once the conversation may be dropped next, again when it has grown much, and never before a reset', () => {
  const asks = (more: Partial<SessionFacts>) => decideSession({ ...USUAL, ...more }).askNotes;
  expect(asks({ contextTokens: 12_000, notesAt: null })).toBe(false);
  expect(asks({ contextTokens: 25_000, notesAt: null })).toBe(true);
  expect(asks({ notesAt: null })).toBe(true);
  expect(asks({ notesAt: 50_000 })).toBe(false);
  expect(asks({ notesAt: 30_000 })).toBe(true);
  expect(asks({ ...COLD })).toBe(false);
  expect(asks({ ...COLD, notesAt: null, canCompact: false })).toBe(true);
});
