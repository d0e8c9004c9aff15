import { expect, test } from 'vitest';
import type { TurnReport, Verdict } from '../driver/driver.ts';
import { NO_USAGE } from '../driver/usage.ts';
import { createCarryOver } from './carry-over.ts';
import { decideAfter } from './decide-after.ts';

const stuck: Verdict = { kind: 'stuck', reason: 'It called Bash 16 times.' };
const outage: Verdict = { kind: 'outage', reason: 'away' };

/** The notes of the next prompt after turns that ended so; the model answers unless the provider is away. */
function notesAfter(...ends: Verdict[]): string[] {
  const carried = createCarryOver('s');
  for (const verdict of ends) {
    const counts = { text: '', usage: NO_USAGE, toolCalls: 1, workCalls: 1, answered: verdict !== outage };
    const report: TurnReport = { verdict, sessionId: carried.sessionId(), ...counts };
    carried.learn(report, decideAfter(verdict, { streak: carried.streak(), now: 0, random: 0, did: report }));
  }
  return carried.notes();
}

test('why a turn was stopped is told to the model that continues, also after an outage, and once', () => {
  expect(notesAfter(stuck)).toEqual([expect.stringContaining('It called Bash 16 times.')]);
  expect(notesAfter(stuck, outage)).toEqual([expect.stringContaining('It called Bash 16 times.')]);
  expect(notesAfter(stuck, { kind: 'failed', reason: 'x', sessionSpent: false })).toEqual([]);
});
