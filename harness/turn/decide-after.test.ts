import { describe, expect, test } from 'vitest';
import type { Verdict } from '../driver/driver.ts';
import { FAULTS } from './faults.ts';
import { type After, NO_STREAK, decideAfter } from './decide-after.ts';

const NOW = 1_800_000_000_000;
const failed: Verdict = { kind: 'failed', reason: 'it broke', sessionSpent: false };

/** Decides over a series of verdicts, a minute apart, and returns the decisions. */
function series(...verdicts: Verdict[]): After[] {
  let streak = NO_STREAK;
  return verdicts.map((verdict) => {
    const after = decideAfter(verdict, { streak, now: NOW, random: 0 });
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

  test('failures back off from a second to five minutes, and the third one makes the session suspect', () => {
    const afters = series(...Array.from({ length: 12 }, () => failed));
    expect(pauses(afters).slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(pauses(afters).at(-1)).toBe(300_000);
    expect(afters.slice(0, 4).map((after) => after.session)).toEqual(['keep', 'keep', 'drop', 'keep']);
    expect(afters[0]).toMatchObject({
      outcome: 'failed',
      status: { state: 'backing_off', reason: 'it broke', until: NOW + 1_000 },
    });
  });

  test('a session that is too long is dropped at once', () => {
    const [after] = series({ ...failed, sessionSpent: true });
    expect(after?.session).toBe('drop');
  });

  test('a time-out counts as a failure with a name of its own', () => {
    const [after] = series({ kind: 'timed_out', reason: 'too long' });
    expect(after).toMatchObject({ outcome: 'timed_out', status: { state: 'backing_off' }, notBefore: NOW + 1_000 });
  });

  test('a limit parks until the stated time, or from a minute to a quarter of an hour', () => {
    const known = decideAfter(
      { kind: 'rate_limited', reason: 'r', resetsAt: NOW + 7_000 },
      { streak: NO_STREAK, now: NOW, random: 0 },
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
      decideAfter({ kind: 'rate_limited', reason: 'r', resetsAt }, { streak: NO_STREAK, now: NOW, random: 0 })
        .notBefore,
    ).toBe(notBefore);
  });

  test('a missing login is retried after growing pauses', () => {
    const login: Verdict = { kind: 'needs_login', reason: 'log in' };
    expect(pauses(series(login, login, login, login, login))).toEqual([60_000, 120_000, 240_000, 480_000, 900_000]);
  });

  test('an outage is waited for with growing pauses, and the session is kept', () => {
    const outage: Verdict = { kind: 'outage', reason: '529' };
    const afters = series(...Array.from({ length: 9 }, () => outage));
    expect(pauses(afters)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((s) => s * 1_000));
    expect(new Set(afters.map(({ outcome, session }) => `${outcome} ${session}`))).toEqual(new Set(['outage keep']));
  });

  test.each([0, -5_000])('a reset time %i ms away after which the limit still holds is not trusted again', (ms) => {
    const limited: Verdict = { kind: 'rate_limited', reason: 'r', resetsAt: NOW + ms };
    expect(pauses(series(limited, limited, limited))).toEqual([1_000, 120_000, 240_000]);
  });

  test('a CLI that cannot start never drops the session; the same refusal twice does', () => {
    const broken: Verdict = { kind: 'cli_broken', reason: 'ENOENT' };
    expect(series(broken, broken, broken, broken).map(({ session }) => session)).toEqual(Array(4).fill('keep'));
    const refused: Verdict = { kind: 'failed', reason: 'API Error: 400 image too large', sessionSpent: false };
    expect(series(refused, refused).map(({ session }) => session)).toEqual(['keep', 'drop']);
  });

  test('jitter shortens pauses, so that a fleet does not retry in step', () => {
    const { notBefore } = decideAfter(failed, { streak: NO_STREAK, now: NOW, random: 0.5 });
    expect(notBefore).toBe(NOW + 750);
  });

  test('agents that were told the same end of a limit or a budget come back one after another', () => {
    const ends = [0, 0.5, 0.999].map((random) => {
      const until = (resetsAt: number, kind: 'rate_limited' | 'budget' = 'rate_limited') =>
        (decideAfter({ kind, reason: 'x', resetsAt }, { streak: NO_STREAK, now: NOW, random }).notBefore ?? 0) -
        resetsAt;
      return [until(NOW + 100_000), until(NOW + 3_600_000), until(NOW + 3_600_000, 'budget')];
    });
    expect(ends).toEqual([
      [0, 0, 0],
      [5_000, 30_000, 30_000],
      [9_990, 59_940, 59_940],
    ]);
  });

  test('which ends count against mail, by the table of faults', () => {
    const never = Object.values(FAULTS).filter(({ counts }) => counts === 'never');
    expect(new Set(never.map(({ outcome }) => outcome))).toEqual(
      new Set(['done', 'interrupted', 'rate_limited', 'needs_login', 'outage', 'starved', 'budget']),
    );
  });

  test('an interrupt causes no pause and forgets nothing', () => {
    const [, after] = series(failed, { kind: 'interrupted', reason: 'x' });
    expect(after).toMatchObject({
      outcome: 'interrupted',
      notBefore: null,
      status: { state: 'idle' },
      streak: { bad: 1, failed: 1, reason: 'it broke' },
    });
  });
});

describe('a turn without progress', () => {
  const stuck: Verdict = { kind: 'stuck', reason: 'It called Bash 16 times.' };
  const did = { answered: true, toolCalls: 0, text: 'I will try again.' };

  /** Decides over a series of failed turns that did this. */
  function unfinished(...all: Partial<typeof did>[]): After[] {
    let streak = NO_STREAK;
    return all.map((more) => {
      const after = decideAfter(failed, { streak, now: NOW, random: 0, did: { ...did, ...more }, idleTurns: 3 });
      streak = after.streak;
      return after;
    });
  }

  test('is told, then begins a fresh session, and the third time in a row the agent is held', () => {
    const afters = series(stuck, stuck, stuck, stuck);
    expect(afters.map(({ session, stuck: held }) => [session, held])).toEqual([
      ['keep', null],
      ['drop', null],
      ['drop', 'It called Bash 16 times.'],
      ['keep', null],
    ]);
    expect(afters[0]).toMatchObject({ outcome: 'interrupted', cause: 'no_progress', status: { state: 'backing_off' } });
  });

  test('other trouble in between does not begin the count anew, a turn that is done does', () => {
    const outage: Verdict = { kind: 'outage', reason: 'away' };
    expect(series(stuck, outage, stuck, failed, stuck).map((after) => after.stuck !== null)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(series(stuck, stuck, { kind: 'done' }, stuck).at(-1)).toMatchObject({ session: 'keep', stuck: null });
  });

  test('unfinished turns with the same words and no tool call count as stuck; any tool call or other words are progress', () => {
    const same = unfinished({}, {}, {}, {}, {}, {}, {}, {}, {});
    expect(same.map(({ cause }) => cause)).toEqual([
      'turn_failed',
      'turn_failed',
      'no_progress',
      'turn_failed',
      'turn_failed',
      'no_progress',
      'turn_failed',
      'turn_failed',
      'no_progress',
    ]);
    expect(same.at(-1)?.stuck).toMatch(/^3 turns in a row ended unfinished/);
  });

  test('an outage between turns with the same words does not begin the count anew', () => {
    const outage: Verdict = { kind: 'outage', reason: 'away' };
    let streak = NO_STREAK;
    const causes = [failed, failed, outage, failed].map((verdict) => {
      const acted = verdict === outage ? { answered: false, toolCalls: 0, text: '' } : did;
      const after = decideAfter(verdict, { streak, now: NOW, random: 0, did: acted, idleTurns: 3 });
      streak = after.streak;
      return after.cause;
    });
    expect(causes.at(-1)).toBe('no_progress');
  });

  test('a tool call or other words are progress', () => {
    const busy = unfinished({}, {}, { toolCalls: 1 }, {}, {}, { text: 'Something else.' }, {}, { answered: false }, {});
    expect(new Set(busy.map(({ cause }) => cause))).toEqual(new Set(['turn_failed']));
  });
});
