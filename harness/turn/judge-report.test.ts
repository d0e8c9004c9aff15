import { expect, test } from 'vitest';
import { NO_USAGE } from '../driver/usage.ts';
import type { TurnReport, Verdict } from '../driver/driver.ts';
import { judgeReport } from './run-turn.ts';

const report = (verdict: Verdict, more: Partial<TurnReport> = {}): TurnReport => ({
  verdict,
  text: '',
  sessionId: 's',
  usage: NO_USAGE,
  toolCalls: 0,
  workCalls: 0,
  answered: false,
  ...more,
});
const done: Verdict = { kind: 'done' };
const stuck: Verdict = { kind: 'stuck', reason: 'again and again' };
const interrupted: Verdict = { kind: 'interrupted', reason: 'The hive stopped it.' };

test.each<[string, TurnReport, Verdict | null, Verdict['kind']]>([
  ['a success without any sign of the model is none', report(done), null, 'empty'],
  ['words are work', report(done, { text: 'ok' }), null, 'done'],
  ['a tool call is work', report(done, { toolCalls: 1 }), null, 'done'],
  ['a model that answered with nothing has answered', report(done, { answered: true }), null, 'done'],
  ['a stop by the rules of the hive has its own verdict', report(interrupted), stuck, 'stuck'],
  ['a turn that was done before the stop took effect is done', report(done, { text: 'ok' }), stuck, 'done'],
  ['an outage stays one', report({ kind: 'outage', reason: 'away' }), stuck, 'outage'],
])('%s', (...[, ended, warned, kind]) => {
  expect(judgeReport(ended, warned).kind).toBe(kind);
});
