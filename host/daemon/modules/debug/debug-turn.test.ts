import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { type TurnDebug, turnDebug } from '../../../../protocol/schemas/turn-debug.ts';
import type { RawLine } from '../../../../protocol/schemas/raw-lines.ts';
import type { NO_SECRETS } from '../../testing/list-test-modules.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { insertModelCall } from '../providers/store/model-calls.ts';
import { debugModule } from './module.ts';

const scout = 'scout' as AgentName;
const LINE: RawLine = { n: 1, at: 5, kind: 'stdin', text: 'the key is hunter2', isCut: false };
let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const redact = ((lines: readonly RawLine[]) => ({
  value: lines.map((line) => ({ ...line, text: line.text.replaceAll('hunter2', '[secret]') })),
  found: [],
})) as unknown as typeof NO_SECRETS;

async function ask(turn: number, name?: AgentName): Promise<TurnDebug> {
  const module = debugModule({
    db: hive.db,
    node: {
      readRawLines: () => Promise.resolve({ lines: [LINE], isCut: false, unreadable: 0, problem: null }),
    },
    redact,
  });
  const input = name === undefined ? { turn } : { turn, name };
  return turnDebug.parse(await module.handlers.admin.debugTurn(input));
}

const send = (body: string) => hive.broker.send('operator', { to: 'scout', body });

test('a turn that failed and one that took over its mail show what became of it', async () => {
  await send('hello');
  const harness = await hive.boot('scout');
  const first = await harness.wake();
  if (first === null) throw new Error('no turn');
  hive.time.now += 1_000;
  await hive.broker.spool(scout, {
    bootId: harness.bootId,
    events: [
      { seq: 1, at: hive.time.now, kind: 'cli.started', data: { pid: 5, version: null, sessionId: null } },
      { seq: 2, at: hive.time.now, kind: 'turn.text', data: { turn: first.turn, text: 'hm', truncated: false } },
      { seq: 3, at: hive.time.now, kind: 'delivery.in_context', data: { turn: first.turn, messages: [1] } },
    ],
  });
  const usage = { inputTokens: 3, outputTokens: 4, cacheReadTokens: 5, cacheWriteTokens: 6, costUsd: 0.25 };
  const call = { id: 'c', agent: scout, provider: 'p', model: 'm', startedAt: 1, endedAt: 9, status: 529, usage };
  await hive.writer.write((tx) => insertModelCall(tx.db, call as never, first.turn));

  const running = await ask(first.turn, scout);
  expect(running).toMatchObject({
    agent: 'scout',
    outcome: null,
    plan: { choice: 'fresh' },
    deliveries: [{ message: 1, from: 'operator', attempt: 1, state: 'leased', laterTurn: null, joined: false }],
    calls: [{ provider: 'p', status: 529, costUsd: 0.25 }],
  });
  expect(running.deliveries[0]?.inContextAt).not.toBeNull();

  await harness.finish(first, 'failed', { reason: 'it crashed' });
  const second = await harness.wake();
  if (second === null) throw new Error('no second turn');
  await harness.finish(second, 'done');
  expect(await ask(first.turn)).toMatchObject({
    outcome: 'failed',
    reason: 'it crashed',
    plan: null,
    stats: { choice: 'fresh', outcome: 'failed' },
    deliveries: [{ state: 'done', leasedAt: null, laterTurn: second.turn, attempt: 1 }],
    eventsAreCut: false,
    raw: { lines: [{ text: 'the key is [secret]' }] },
  });
  const kinds = (await ask(first.turn)).events.map(({ kind }) => kind);
  expect(kinds).toEqual([
    'harness.hello',
    'turn.started',
    'cli.started',
    'turn.text',
    'delivery.in_context',
    'turn.finished',
    'delivery.released',
  ]);
  expect(await ask(second.turn)).toMatchObject({ deliveries: [{ attempt: 2, state: 'done', laterTurn: null }] });
});

test('a turn that is not there, or another agent’s, is not found', async () => {
  await expect(ask(99)).rejects.toMatchObject({ code: 'not_found' });
  await send('hello');
  const turn = await (await hive.boot('scout')).wake();
  await expect(ask(turn?.turn ?? 0, 'coder' as AgentName)).rejects.toThrow('is one of scout, not of coder');
});
