import { expect, test } from 'vitest';
import type { Verdict } from '../driver.ts';
import { judgeEnd, type RunEnd } from './judge-end.ts';
import type { ScriptResult } from './parse-event.ts';

const exit = { code: 0, signal: null, stderr: '', startError: null };
const result = (outcome: ScriptResult['outcome'], more: Partial<ScriptResult> = {}): ScriptResult => ({
  type: 'result',
  outcome,
  ...more,
});
const stopped: Verdict = { kind: 'timed_out', reason: 'too long' };
const end = (more: Partial<RunEnd>): RunEnd => ({ result: null, stopped: null, exit, understood: 1, ...more });

test.each<[string, Partial<RunEnd>, Partial<Verdict>]>([
  [
    'a result decides, whatever the exit code is',
    { result: result('done'), exit: { ...exit, code: 9 } },
    { kind: 'done' },
  ],
  ['done before a stop had effect is done', { result: result('done'), stopped }, { kind: 'done' }],
  ['any other result after a stop is the doing of the stop', { result: result('failed'), stopped }, stopped],
  [
    'a limit has its time',
    { result: result('rate_limited', { reason: 'enough', resets_at: 5 }) },
    { kind: 'rate_limited', reason: 'enough', resetsAt: 5 },
  ],
  ['a spent conversation is dropped', { result: result('conversation_spent') }, { kind: 'failed', sessionSpent: true }],
  [
    'a failure without a reason has one',
    { result: result('failed') },
    { reason: 'The program ended the turn with "failed".' },
  ],
  [
    'the end without a result is never done, even with code 0',
    {},
    { kind: 'failed', reason: 'The program ended with code 0. It gave no result.', sessionSpent: false },
  ],
  ['nothing that was understood is a broken program', { understood: 0 }, { kind: 'cli_broken' }],
  ['75 is an outage', { exit: { ...exit, code: 75 } }, { kind: 'outage', reason: 'The program ended with code 75.' }],
  [
    '77 is a missing login',
    { exit: { ...exit, code: 77, stderr: 'who?' } },
    { kind: 'needs_login', reason: 'The program ended with code 77. It said: who?' },
  ],
  ['what cannot start is broken', { exit: { ...exit, code: null, startError: 'ENOENT' } }, { kind: 'cli_broken' }],
])('%s', (_name, more, verdict) => {
  expect(judgeEnd(end(more))).toMatchObject(verdict);
});
