import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hearTalk, resumeTalk, type Said, type Talk, type TalkVerdict } from './talk.ts';

const RULES = { slowHops: 6, pauseHops: 12, maxHops: 100, quietMs: 600_000 };
const T0 = 1_700_000_000_000;

/** A message of a simulated exchange; `worked` when other tools were called since the previous message. */
interface Line {
  from: string;
  body: string;
  afterMs?: number;
  worked?: boolean;
}

/** Plays an exchange of scout and coder; a delayed message delays those after it. */
function play(lines: readonly Line[], start: Talk | null = null): { talk: Talk | null; verdicts: TalkVerdict[] } {
  let talk = start;
  let at = start?.lastAt ?? T0;
  let workedAt = start?.lastWorkedSeen ?? 0;
  const verdicts: TalkVerdict[] = [];
  for (const { from, body, afterMs = 5_000, worked = false } of lines) {
    at += afterMs;
    if (worked) workedAt = at - 1;
    const said: Said = { sender: from, recipient: from === 'scout' ? 'coder' : 'scout', body, at, workedAt };
    const heard = hearTalk(talk, said, RULES);
    talk = heard.talk;
    if (heard.verdict.kind === 'slow') at += heard.verdict.delayMs;
    verdicts.push(heard.verdict);
  }
  return { talk, verdicts };
}
const kinds = (verdicts: readonly TalkVerdict[]) => verdicts.map((verdict) => verdict.kind);
/** Messages in alternation, scout first. */
const byTurns = (bodies: readonly string[], more: Omit<Line, 'from' | 'body'> = {}): Line[] =>
  bodies.map((body, index) => ({ from: index % 2 === 0 ? 'scout' : 'coder', body, ...more }));
const repeat = (count: number, bodies: readonly string[]) => Array.from({ length: count }, () => bodies).flat();
/** Texts without a common word. */
const different = (count: number) => Array.from({ length: count }, (_, index) => `idea${index} detail${index}`);

describe('two agents that thank each other', () => {
  const polite = byTurns(repeat(50, ['Thanks!', "You're welcome!"]));

  test('are slowed, then paused, with the reason', () => {
    const { verdicts, talk } = play(polite);
    expect(kinds(verdicts.slice(0, 7))).toEqual(['go', 'go', 'go', 'slow', 'slow', 'pause', 'pause']);
    expect(verdicts[3]).toEqual({
      kind: 'slow',
      delayMs: 10_000,
      why: '3 messages went to and fro between coder and scout without other work, the last 2 nearly the same as before; this one waits 10 s',
    });
    expect(verdicts[5]).toMatchObject({ why: expect.stringMatching(/^5 messages .*; the operator was asked$/) });
    expect(new Set(kinds(verdicts.slice(5)))).toEqual(new Set(['pause']));
    expect(verdicts[6]).toMatchObject({
      why: 'the talk of scout and coder is paused until the operator lets it go on',
    });
    expect(talk).toMatchObject({ paused: true });
  });

  test('stay paused overnight, and start from zero when the operator resumes them', () => {
    const { talk } = play(polite.slice(0, 6));
    expect(kinds(play([{ from: 'scout', body: 'Good morning', afterMs: 30_000_000 }], talk).verdicts)).toEqual([
      'pause',
    ]);
    const resumed = resumeTalk(talk as Talk, T0 + 60_000);
    expect(resumed).toEqual({
      ...talk,
      hops: 0,
      idleHops: 0,
      alike: 0,
      lastSender: null,
      lastAt: T0 + 60_000,
      texts: {},
      paused: false,
    });
    expect(kinds(play(polite.slice(0, 6), resumed).verdicts)).toEqual(['go', 'go', 'go', 'slow', 'slow', 'pause']);
  });

  test('with new words each time are paused later, but not never', () => {
    const { verdicts } = play(byTurns(different(20)));
    expect(kinds(verdicts)).toEqual([...repeat(6, ['go']), ...repeat(6, ['slow']), ...repeat(8, ['pause'])]);
    const delays = verdicts.flatMap((verdict) => (verdict.kind === 'slow' ? [verdict.delayMs] : []));
    expect(delays).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(verdicts[12]).toEqual({
      kind: 'pause',
      why: '12 messages went to and fro between scout and coder without other work; the operator was asked',
    });
  });

  test('that work a little each time but repeat themselves are paused too', () => {
    const { verdicts } = play(byTurns(repeat(10, ['Try again please', 'Done, try again']), { worked: true }));
    expect(verdicts.find((verdict) => verdict.kind === 'pause')).toEqual({
      kind: 'pause',
      why: 'the last 6 messages between coder and scout said nearly the same as before; the operator was asked',
    });
  });

  test('that work and use new words are paused at the maximum of hops', () => {
    const { verdicts } = play(byTurns(different(120), { worked: true }));
    expect(kinds(verdicts).indexOf('pause')).toBe(100);
    expect(new Set(kinds(verdicts.slice(0, 100)))).toEqual(new Set(['go']));
    expect(verdicts[100]).toMatchObject({ why: expect.stringContaining('100 messages') });
  });
});

describe('exchanges that are not damped', () => {
  const expectFree = (lines: readonly Line[]) => expect(new Set(kinds(play(lines).verdicts))).toEqual(new Set(['go']));

  test('a task with work in between, for hours', () => {
    const step = (index: number): Line[] => [
      { from: 'scout', body: `Please fix issue ${index}: ${different(60)[index]}` },
      { from: 'coder', body: `Which file is ${index} about?` },
      { from: 'scout', body: `It is src${index}.ts, near alpha${index} and beta${index}` },
      { from: 'coder', body: `Fixed in commit c${index}${index}, the tests pass`, afterMs: 300_000, worked: true },
    ];
    expectFree(Array.from({ length: 24 }, (_, index) => step(index)).flat());
  });

  test('a quick question and answer', () => {
    expectFree(
      byTurns(['Which port does the forge use?', '3000', 'And inside the box?', 'The same, through the relay']),
    );
  });

  test('an hourly status and its thanks', () => {
    expectFree(byTurns(repeat(48, ['All checks are green', 'Thanks!']), { afterMs: 1_800_000 }));
  });

  test('mail in one direction, however much and however similar', () => {
    expectFree(repeat(300, ['Heartbeat: still there']).map((body) => ({ from: 'scout', body, afterMs: 1_000 })));
  });
});

describe('counting', () => {
  test('the same work counts once, and work after the last message makes the exchange productive again', () => {
    const { talk } = play(byTurns(different(5)));
    expect(talk).toMatchObject({ hops: 4, idleHops: 4 });
    const said = { sender: 'coder', recipient: 'scout', at: T0 + 90_000, workedAt: T0 + 80_000 };
    const worked = hearTalk(talk, { ...said, body: 'first patch' }, RULES).talk;
    expect(worked).toMatchObject({ hops: 5, idleHops: 0 });
    // The clock is set back: compared with max(), that work would seem newer than the last message for ever.
    const back = hearTalk(
      worked,
      { ...said, body: 'b', sender: 'scout', recipient: 'coder', at: T0 + 70_000 },
      RULES,
    ).talk;
    expect(hearTalk(back, { ...said, body: 'c', at: T0 + 75_000 }, RULES).talk).toMatchObject({ hops: 7, idleHops: 2 });
  });

  test('different words end a run of similar messages', () => {
    const { talk } = play(byTurns(['ping', 'pong', 'ping', 'pong', 'here is the log']));
    expect(talk).toMatchObject({ hops: 4, alike: 0 });
  });

  test('stored texts are short and well-formed', () => {
    const { talk } = play([{ from: 'scout', body: `${'x'.repeat(499)}😀 and more` }]);
    expect(talk?.texts).toEqual({ scout: 'x'.repeat(499) });
  });

  test('an agent may have the name of an Object.prototype property', () => {
    const said = { body: 'hi', at: T0, workedAt: 0 };
    const first = hearTalk(null, { ...said, sender: 'scout', recipient: 'constructor' }, RULES).talk;
    const heard = hearTalk(first, { ...said, sender: 'constructor', recipient: 'scout' }, RULES);
    expect(heard.talk).toMatchObject({ hops: 1, alike: 0, texts: { scout: 'hi', constructor: 'hi' } });
  });
});

describe('in any exchange', () => {
  const body = fc.constantFrom('Thanks!', 'You are welcome', 'ok', '', '👍', 'a much longer text with many words');
  const sender = fc.constantFrom('scout', 'coder');
  const said = { sender, body, workedAt: fc.oneof(fc.constant(0), fc.integer({ min: T0, max: T0 + 10 ** 6 })) };
  const line = fc.record({
    from: sender,
    body,
    afterMs: fc.integer({ min: -700_000, max: 700_000 }),
    worked: fc.boolean(),
  });
  const lines = fc.array(line, { maxLength: 120 });

  test('state that was stored and loaded between two messages gives the same verdicts', () => {
    const heard = fc.array(fc.record({ ...said, at: fc.integer({ min: T0, max: T0 + 10 ** 6 }) }), { maxLength: 120 });
    fc.assert(
      fc.property(heard, (all) => {
        let kept: Talk | null = null;
        let stored: Talk | null = null;
        for (const one of all) {
          const of = { ...one, recipient: one.sender === 'scout' ? 'coder' : 'scout' };
          const before: string = JSON.stringify(stored);
          const expected = hearTalk(kept, of, RULES);
          expect(hearTalk(stored, of, RULES)).toEqual(expected);
          // The input is not mutated.
          expect(JSON.stringify(stored)).toBe(before);
          kept = expected.talk;
          stored = JSON.parse(JSON.stringify(kept)) as Talk;
        }
      }),
    );
  });

  test('only hops are delayed, delays are bounded, and a paused pair stays paused', () => {
    fc.assert(
      fc.property(lines, (all) => {
        const { verdicts } = play(all);
        let paused = false;
        for (const [index, verdict] of verdicts.entries()) {
          if (paused) expect(verdict.kind).toBe('pause');
          paused = verdict.kind === 'pause';
          if (verdict.kind === 'go') continue;
          expect(verdict.why).toMatch(/scout and coder|coder and scout/);
          if (verdict.kind !== 'slow') continue;
          expect(all[index]?.from).not.toBe(all[index - 1]?.from);
          expect(verdict.delayMs).toBeGreaterThanOrEqual(5_000);
          expect(verdict.delayMs).toBeLessThanOrEqual(60_000);
        }
      }),
    );
  });
});
