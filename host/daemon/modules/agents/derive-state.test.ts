import { expect, test } from 'vitest';
import type { AgentHold } from '../../../../protocol/schemas/hold.ts';
import { deriveState, type StateFacts } from './derive-state.ts';

const idle: StateFacts = {
  desired: 'running',
  stoppedWhy: null,
  held: { boxes: null, turns: null },
  boxRunning: true,
  boxMadeAt: 0,
  rebuilding: false,
  trouble: null,
  engineAway: false,
  helloAt: 1,
  silentMs: 0,
  status: { state: 'idle', reason: null, until: null },
  holds: [],
  waitsFor: null,
  turnOpen: false,
  notBefore: null,
  turnWaitsFor: null,
  now: 1_000,
};
const paused: AgentHold = { kind: 'paused', at: 5, by: 'hivectl', reason: null };
const stuck: AgentHold = { kind: 'stuck', at: 5, by: 'the hive', reason: 'the same call 20 times' };
const limited = { state: 'rate_limited', reason: 'weekly limit', until: 9_000 } as const;

test.each<[string, Partial<StateFacts>, [state: string, reason: string | null]]>([
  ['nothing to do', {}, ['idle', null]],
  ['a turn that waits for room', { turnWaitsFor: 'memory' }, ['idle', 'memory']],
  ['a turn', { turnOpen: true, turnWaitsFor: 'memory' }, ['working', null]],
  [
    'a turn that seems stalled',
    { turnOpen: true, status: { state: 'working', reason: 'silent for 8 min', until: null } },
    ['working', 'silent for 8 min'],
  ],
  [
    'a turn of an agent that is paused',
    { turnOpen: true, holds: [paused] },
    ['working', 'paused when this turn has ended'],
  ],
  ['a pause', { holds: [paused] }, ['paused', 'by hivectl']],
  ['a hold by the hive', { holds: [stuck, paused] }, ['stuck', 'the same call 20 times (by the hive)']],
  ['a pause while a limit holds', { holds: [paused], notBefore: 9_000, status: limited }, ['paused', 'by hivectl']],
  ['a limit', { notBefore: 9_000, status: limited }, ['rate_limited', 'weekly limit']],
  [
    'an open question',
    { waitsFor: 'waits for an answer to #7 from operator' },
    ['blocked', 'waits for an answer to #7 from operator'],
  ],
  ['an open question of an agent that works on', { turnOpen: true, waitsFor: 'waits' }, ['working', null]],
  [
    'an open question while the disk is full',
    { waitsFor: 'waits', held: { boxes: null, turns: 'the disk is full' } },
    ['idle', 'the disk is full'],
  ],
  ['a stopped agent that is paused', { desired: 'stopped', boxRunning: false, holds: [paused] }, ['stopped', null]],
  [
    'a paused agent without a harness',
    { holds: [paused], silentMs: 40_000 },
    ['unreachable', 'its harness was not heard of for 40 s'],
  ],
])('%s', (_name, facts, [state, reason]) => {
  expect(deriveState({ ...idle, ...facts })).toMatchObject({ state, reason });
});
