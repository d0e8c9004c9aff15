import { expect, test } from 'vitest';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { composeTranscript } from './compose-transcript.ts';
import { formatAgo, formatBytes, formatCost, formatCount, formatDuration } from './format.ts';
import { orderFleet } from './order-fleet.ts';

const event = (seq: number, kind: HiveEvent['kind'], data: Record<string, unknown>): HiveEvent => ({
  seq,
  at: seq * 1000,
  kind,
  agent: null,
  data,
});

test('events are grouped into turns with calls paired to results; notes keep their position', () => {
  const blocks = composeTranscript([
    event(1, 'box.started', { generation: 1, boxId: 'b', ms: 300 }),
    event(2, 'turn.started', { turn: 7, messages: [3], redelivered: [] }),
    event(3, 'turn.tool_call', { turn: 7, id: 'a', tool: 'Read', input: '{}', truncated: false }),
    event(4, 'turn.tool_call', { turn: 7, id: 'b', tool: 'Bash', input: '{}', truncated: false }),
    event(5, 'turn.tool_result', { turn: 7, id: 'a', ok: true, text: 'x', truncated: false }),
    event(6, 'turn.finished', { turn: 7, outcome: 'done', text: 'read', messages: [3] }),
    event(7, 'harness.state', { state: 'idle', reason: null, until: null }),
  ]);
  expect(blocks.map(({ is }) => is)).toEqual(['note', 'turn']);
  expect(blocks[1]).toMatchObject({
    turn: 7,
    startedAt: 2000,
    items: [
      { call: { id: 'a' }, result: { ok: true, at: 5000 } },
      { call: { id: 'b' }, result: null },
    ],
    finished: { outcome: 'done', at: 6000 },
  });
});

test('a turn says what was done with the conversation, and why; turns of old hives do not', () => {
  const started = (session: object) => ({ turn: 7, messages: [3], redelivered: [], ...session });
  const sessionOf = (data: object) => composeTranscript([event(1, 'turn.started', started(data))])[0];
  expect(sessionOf({ session: { choice: 'fresh', reason: '60k tokens, cache cold' } })).toMatchObject({
    session: 'begins a fresh conversation: 60k tokens, cache cold',
  });
  expect(sessionOf({})).toMatchObject({ session: null });
});

test('mail that joins a running turn is noted in the turn, other mail events between turns', () => {
  const [turn, ...notes] = composeTranscript([
    event(1, 'turn.started', { turn: 7, messages: [3], redelivered: [] }),
    event(2, 'delivery.joined', { turn: 7, messages: [4, 5] }),
    event(3, 'delivery.expired', { messages: [6] }),
    event(4, 'agent.quiet', { until: null, by: 'operator' }),
  ]);
  expect(turn).toMatchObject({ items: [{ text: 'Reads: #4 #5 in turn 7 while it ran' }] });
  expect(notes).toMatchObject([{ text: 'Expired: #6' }, { text: 'Do not disturb: over, by operator' }]);
});

test('a finished turn without text gets a note; a failed turn, or a turn with earlier text, does not', () => {
  const ends = (outcome: string, text: string) =>
    composeTranscript([event(1, 'turn.finished', { turn: 7, outcome, text, messages: [] })])[0];
  expect(ends('done', ' \n')).toMatchObject({ items: [{ is: 'note', text: 'The turn ended without a word' }] });
  for (const turn of [ends('done', 'hm'), ends('failed', '')]) expect(turn).toMatchObject({ items: [] });
});

test('a dropped conversation is noted in the turn that dropped it, with the reason', () => {
  const dropped = (reason: string | null) =>
    composeTranscript([event(1, 'conversation.dropped', { turn: 7, session: 's', outcome: 'failed', reason })])[0];
  expect(dropped('Prompt is too long')).toMatchObject({
    turn: 7,
    items: [{ text: 'Conversation dropped: a fresh one begins, because turn 7 failed: Prompt is too long' }],
  });
  expect(dropped(null)).toMatchObject({
    items: [{ text: 'Conversation dropped: a fresh one begins, because turn 7 failed' }],
  });
});

test('a turn whose start is not loaded shows its loaded events', () => {
  expect(composeTranscript([event(9, 'turn.text', { turn: 2, text: 'hm', truncated: false })])).toMatchObject([
    { turn: 2, startedAt: null, items: [{ text: 'hm' }] },
  ]);
});

test('the fleet is listed as a tree; orphans and cycles are kept', () => {
  const agent = (name: string, parent: string | null) => ({ name, parent }) as AgentView;
  const placed = orderFleet([
    agent('b', 'manager'),
    agent('x', 'y'),
    agent('y', 'x'),
    agent('a', 'manager'),
    agent('c', 'a'),
    agent('manager', null),
    agent('o', 'gone'),
  ]);
  expect(placed.map(({ agent, depth }) => `${depth}${agent.name}`)).toEqual([
    '0manager',
    '1a',
    '2c',
    '1b',
    '0o',
    '0x',
    '1y',
  ]);
});

test('costs, counts, durations, ages and sizes are formatted for reading', () => {
  const cost = (costUsd: number | null, unpricedCalls = 0) => formatCost({ costUsd, unpricedCalls });
  expect([cost(null, 1), cost(0), cost(0.004), cost(3.175), cost(1.9, 2), cost(0.004, 1)]).toEqual([
    'price unknown',
    '$0.00',
    '< $0.01',
    '$3.17',
    '≥ $1.90, 2 unpriced',
    '> $0.00, 1 unpriced',
  ]);
  expect([formatCount(9_999), formatCount(1_234_567)]).toEqual(['9,999', '1.2M']);
  expect([400, 42_000, 200_000, 7_500_000, 273_600_000].map(formatDuration)).toEqual([
    '0.4 s',
    '42 s',
    '3 m 20 s',
    '2 h 5 m',
    '3 d 4 h',
  ]);
  expect([formatAgo(1000, 2000), formatAgo(0, 200_000), formatAgo(0, 100_000_000)]).toEqual([
    'now',
    '3 min ago',
    '1 d ago',
  ]);
  expect([formatBytes(90), formatBytes(4_812_000)]).toEqual(['90 B', '4.6 MB']);
});
