import { describe, expect, test } from 'vitest';
import type { Verdict } from '../driver/driver.ts';
import { type After, NO_STREAK, decideAfter } from './decide-after.ts';

const NOW = 1_800_000_000_000;
const failed: Verdict = { kind: 'failed', reason: 'it broke', sessionSpent: false };

/** Decides over a series of verdicts, a minute apart, and returns what followed from each. */
function series(...verdicts: Verdict[]): After[] {
  let streak = NO_STREAK;
  return verdicts.map((verdict) => {
    const after = decideAfter(verdict, { streak, now: NOW });
    streak = after.streak;
    return after;
  });
}
const pauses = (afters: After[]) => afters.map((after) => (after.notBefore === null ? null : after.notBefore - NOW));

describe('after a turn', () => {
  test('done: idle at once, and earlier trouble is forgotten', () => {
    const [, , done, again] = series(failed, failed, { kind: 'done' }, failed);
    expect(done).toMatchObject({ outcome: 'done', notBefore: null, status: { state: 'idle' }, streak: NO_STREAK });
    expect(again?.notBefore).toBe(NOW + 1_000);
  });

  test('failures back off from a second to five minutes, and the third suspects the conversation', () => {
    const afters = series(...Array.from({ length: 12 }, () => failed));
    expect(pauses(afters).slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(pauses(afters).at(-1)).toBe(300_000);
    expect(afters.slice(0, 4).map((after) => after.session)).toEqual(['keep', 'keep', 'drop', 'keep']);
    expect(afters[0]).toMatchObject({
      outcome: 'failed',
      status: { state: 'backing_off', reason: 'it broke', until: NOW + 1_000 },
    });
  });

  test('a conversation that is too long is dropped at once', () => {
    const [after] = series({ ...failed, sessionSpent: true });
    expect(after?.session).toBe('drop');
  });

  test('a time-out counts as a failure of its own name', () => {
    const [after] = series({ kind: 'timed_out', reason: 'too long' });
    expect(after).toMatchObject({ outcome: 'timed_out', status: { state: 'backing_off' }, notBefore: NOW + 1_000 });
  });

  test('a limit parks until the stated time, or from a minute to a quarter of an hour', () => {
    const known = decideAfter(
      { kind: 'rate_limited', reason: 'r', resetsAt: NOW + 7_000 },
      { streak: NO_STREAK, now: NOW },
    );
    expect(known).toMatchObject({ outcome: 'rate_limited', notBefore: NOW + 7_000, session: 'keep' });
    const unknown: Verdict = { kind: 'rate_limited', reason: 'r', resetsAt: null };
    expect(pauses(series(...Array.from({ length: 6 }, () => unknown)))).toEqual([
      60_000, 120_000, 240_000, 480_000, 900_000, 900_000,
    ]);
  });

  test.each([
    ['in the past', NOW - 5_000, NOW + 1_000],
    ['next year', NOW + 365 * 86_400_000, NOW + 8 * 86_400_000],
  ])('a reset time %s is not taken literally', (_, resetsAt, notBefore) => {
    expect(
      decideAfter({ kind: 'rate_limited', reason: 'r', resetsAt }, { streak: NO_STREAK, now: NOW }).notBefore,
    ).toBe(notBefore);
  });

  test('a missing login is tried again every minute', () => {
    const login: Verdict = { kind: 'needs_login', reason: 'log in' };
    expect(pauses(series(login, login, login))).toEqual([60_000, 60_000, 60_000]);
  });

  test('an interrupt pauses nothing and forgets nothing', () => {
    const [, after] = series(failed, { kind: 'interrupted', reason: 'x' });
    expect(after).toMatchObject({
      outcome: 'interrupted',
      notBefore: null,
      status: { state: 'idle' },
      streak: { bad: 1, failed: 1 },
    });
  });
});
