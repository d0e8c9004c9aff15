import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FinishInput } from '../../../../protocol/schemas/harness.ts';
import { coder, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { findAgent, setSpec } from '../agents/store/agents.ts';
import { finishInput } from '../../../../protocol/schemas/harness.ts';
import { planSession } from './plan-session.ts';
import { createSessions } from './serve-sessions.ts';
import { simulateRecorded } from './simulate-recorded.ts';

let hive: TestHive;
let harness: Awaited<ReturnType<TestHive['boot']>>;
beforeEach(async () => {
  hive = openTestHive();
  harness = await hive.boot('scout');
});
afterEach(() => hive.close());

const MINUTE = 60_000;
const sessions = () => createSessions({ ...hive, clock: hive.clock, keep: { days: 30, mb: 1 } });

async function begin() {
  await hive.broker.send('operator', { to: scout, body: 'work' });
  const turn = await harness.wake();
  if (turn?.session === undefined) throw new Error('no turn was offered');
  return { ...turn, session: turn.session };
}

/** A turn in a conversation of that size. */
async function turnOf(contextTokens: number, more: Partial<FinishInput> = {}) {
  const turn = await begin();
  await harness.finish(turn, 'done', {
    sessionId: 's1',
    sessionMark: 'm1',
    contextTokens,
    windowTokens: 200_000,
    durationMs: 1_000,
    usage: {
      inputTokens: 10,
      outputTokens: 300,
      cacheReadTokens: contextTokens,
      cacheWriteTokens: 3_000,
      costUsd: 0.1,
    },
    ...more,
  });
  return turn.session;
}

test('the offer names the conversation, with the reason; so do the event and the list', async () => {
  expect(await turnOf(8_000)).toMatchObject({
    choice: 'fresh',
    id: null,
    reason: 'there is no conversation yet',
    handover: null,
  });
  hive.time.now += MINUTE;
  const reason = '8k tokens (4 % of the window), cache warm';
  expect(await turnOf(9_000)).toMatchObject({ choice: 'continue', id: 's1', mark: 'm1', reason, askNotes: false });
  const started = hive.heard.findLast(({ kind }) => kind === 'turn.started')?.data;
  expect(started).toMatchObject({ session: { choice: 'continue', reason } });
  expect(sessions().list(scout)).toMatchObject({
    sessions: [
      { id: 's1', isCurrent: true, turns: 2, contextTokens: 9_000, windowTokens: 200_000, choice: 'continue', reason },
    ],
    next: null,
  });
});

test('a large conversation is asked for notes; when it is cold, a fresh one begins, which is told what is open', async () => {
  await turnOf(40_000);
  hive.time.now += MINUTE;
  expect(await turnOf(42_000)).toMatchObject({ choice: 'continue', askNotes: true });
  hive.time.now += MINUTE;
  expect(await turnOf(44_000)).toMatchObject({ choice: 'continue', askNotes: false });
  const asked = await hive.broker.send(coder, { to: scout, body: 'which colour?', kind: 'question' });
  const asking = await hive.broker.send(scout, { to: coder, body: 'which size?', kind: 'question' });
  hive.time.now += 300 * MINUTE;
  const turn = await begin();
  expect(turn.session).toMatchObject({
    choice: 'fresh',
    id: null,
    reason: expect.stringContaining('cache cold (5 h since the last turn'),
    handover: {
      toAnswer: [{ id: asked.id, from: 'coder' }],
      asked: [{ id: asking.id, of: 'coder' }],
      reminders: [],
    },
  });
  expect(turn.session.handover?.threads.map(({ id }) => id)).toContain(asked.id);
  // An offer whose answer was lost is repeated as it was; and what the policy dropped is nothing that failed.
  expect((await harness.wake())?.session).toEqual(turn.session);
  await harness.finish(turn, 'done', { sessionId: 's2' });
  expect(hive.heard.filter(({ kind }) => kind === 'conversation.dropped')).toEqual([]);
  expect(findAgent(hive.db, 'scout')?.sessionId).toBe('s2');
});

test('a fresh conversation stays decided when its first turn fails, and the next one is told the same', async () => {
  await turnOf(40_000);
  await sessions().reset(scout, 'hivectl');
  const turn = await begin();
  expect(turn.session).toMatchObject({ choice: 'fresh', reason: 'a fresh one, by the operator' });
  await harness.finish(turn, 'rate_limited', { sessionId: null, answered: false });
  const again = (await harness.wake())?.session;
  expect(again).toMatchObject({ choice: 'fresh', reason: 'the last one could not go on' });
  expect(again?.handover).not.toBeNull();
});

test('the operator takes up an earlier conversation, or a copy of one, by the beginning of its ID', async () => {
  await turnOf(8_000);
  await sessions().reset(scout, 'hivectl');
  expect(sessions().list(scout).next).toEqual({ choice: 'fresh', session: null });
  const fresh = await begin();
  await harness.finish(fresh, 'done', { sessionId: 'other' });
  expect(sessions().list(scout).next).toBeNull();
  await sessions().use(scout, 's', 'hivectl');
  const back = await begin();
  expect(back.session).toMatchObject({ choice: 'continue', id: 's1', mark: 'm1', reason: 'resumed by the operator' });
  await harness.finish(back, 'done', { sessionId: 's1' });
  await sessions().fork(scout, undefined, 'hivectl');
  const copy = await begin();
  expect(copy.session).toMatchObject({ choice: 'fork', id: 's1' });
  await harness.finish(copy, 'done', { sessionId: 's3' });
  expect(hive.heard.filter(({ kind }) => kind === 'conversation.dropped')).toEqual([]);
  expect(
    sessions()
      .list(scout)
      .sessions.find(({ id }) => id === 's3'),
  ).toMatchObject({ copyOf: 's1', isCurrent: true });
  expect((await begin()).session).toMatchObject({ choice: 'continue', id: 's3' });
  expect(hive.heard.filter(({ kind }) => kind === 'conversation.chosen').map(({ data }) => data)).toEqual([
    { choice: 'fresh', session: null, by: 'hivectl' },
    { choice: 'use', session: 's1', by: 'hivectl' },
    { choice: 'fork', session: 's1', by: 'hivectl' },
  ]);
});

test('what cannot be chosen is refused with the reason', async () => {
  await expect(sessions().use(scout, 'nothing', 'hivectl')).rejects.toMatchObject({ code: 'not_found' });
  await expect(sessions().fork(scout, undefined, 'hivectl')).rejects.toMatchObject({ code: 'wrong_state' });
  await expect(sessions().reset('nobody' as typeof scout, 'hivectl')).rejects.toMatchObject({ code: 'unknown_agent' });
});

test('a harness of an older build gets no choice: its conversation goes on', async () => {
  await turnOf(40_000);
  await sessions().reset(scout, 'hivectl');
  await hive.broker.send('operator', { to: scout, body: 'work' });
  const wake = { bootId: harness.bootId, waitMs: 0 };
  const { turn } = await hive.broker.wake(scout, wake, new AbortController().signal);
  expect(turn).not.toBeNull();
  expect(turn?.session).toBeUndefined();
  expect(findAgent(hive.db, 'scout')?.sessionId).toBe('s1');
});

test('a conversation whose file was cut is replaced, and the operator is told why', async () => {
  await turnOf(8_000);
  const turn = await begin();
  await harness.finish(turn, 'done', { sessionId: 's2', sessionLost: 'cut' });
  expect(hive.heard.findLast(({ kind }) => kind === 'conversation.dropped')?.data).toMatchObject({
    session: 's1',
    reason: 'its file lacked the last exchange: it was cut off',
  });
});

test('files that are old or too large are named for deletion, the present one never; what is gone is forgotten', async () => {
  await turnOf(8_000);
  await turnOf(8_000, { sessionId: 's2' });
  const at = hive.time.now;
  const report = (files: { id: string; bytes: number; at: number }[], complete = true) =>
    sessions().report(scout, { bootId: harness.bootId, sessions: files, complete });
  const big = 3_000_000;
  // One report of several: the others' files may exist.
  await report([{ id: 's2', bytes: 7, at }], false);
  expect(
    sessions()
      .list(scout)
      .sessions.map(({ id }) => id),
  ).toEqual(['s1', 's2']);
  expect(
    await report([
      { id: 's2', bytes: big, at },
      { id: 's1', bytes: 5, at: at - 1 },
    ]),
  ).toEqual({ remove: ['s1'] });
  expect(sessions().list(scout).sessions).toMatchObject([{ id: 's2', bytes: big }]);
  await turnOf(8_000, { sessionId: 's3' });
  await report([{ id: 's3', bytes: 5, at }]);
  expect(sessions().list(scout).sessions).toMatchObject([{ id: 's3', bytes: 5 }]);
  const late = { bootId: randomUUID(), sessions: [], complete: true };
  await expect(sessions().report(scout, late)).rejects.toMatchObject({
    code: 'stale_boot',
  });
});

test('recorded turns are replayed under each policy', async () => {
  for (let n = 1; n <= 6; n += 1) {
    await turnOf(10_000 * n);
    hive.time.now += 20 * MINUTE;
  }
  const agent = findAgent(hive.db, 'scout');
  if (agent === null) throw new Error('the agent is gone');
  const choice = { prices: [], kindOf: () => null, policy: 'auto' as const };
  const { agents, total } = await simulateRecorded(hive.db, choice, [agent]);
  expect(agents).toMatchObject([{ name: 'scout', turns: 6, isPriced: false }]);
  expect(total.map(({ policy }) => policy)).toEqual(['default', 'always_continue', 'always_fresh', 'compact_at_80']);
  const [ours, continued, fresh] = total;
  expect(fresh?.fresh).toBe(5);
  expect(ours?.usd).toBeLessThan(continued?.usd ?? 0);
});

function agentRow() {
  const agent = findAgent(hive.db, 'scout');
  if (agent === null) throw new Error('the agent is gone');
  return agent;
}
const useDriver = (driver: 'claude' | 'codex') =>
  hive.writer.write((tx) => setSpec(tx.db, scout, { spec: { ...agentRow().spec, driver }, tell: false }));

test('what the operator chooses while a copy is made holds for the next turn', async () => {
  await turnOf(8_000);
  await sessions().fork(scout, undefined, 'hivectl');
  const copy = await begin();
  hive.time.now += MINUTE;
  await sessions().reset(scout, 'hivectl');
  await harness.finish(copy, 'done', { sessionId: 's2' });
  expect((await begin()).session).toMatchObject({ choice: 'fresh', reason: 'a fresh one, by the operator' });
});

test('a second copy that is chosen while the first is made is made too', async () => {
  await turnOf(8_000);
  await sessions().fork(scout, 's1', 'hivectl');
  const copy = await begin();
  hive.time.now += MINUTE;
  await sessions().fork(scout, 's1', 'hivectl');
  await harness.finish(copy, 'done', { sessionId: 's2' });
  expect((await begin()).session).toMatchObject({ choice: 'fork', id: 's1' });
});

test('after a change of driver a fresh conversation begins, also where conversations are always continued', async () => {
  await turnOf(8_000);
  await useDriver('codex');
  const deps = { prices: [], kindOf: () => null };
  for (const policy of ['auto', 'continue'] as const)
    expect(
      planSession(hive.db, { ...deps, policy }, { agent: agentRow(), at: hive.time.now, mayChoose: true }),
    ).toMatchObject({
      choice: 'fresh',
      id: null,
      reason: 'the driver was changed',
      handover: { toAnswer: [] },
    });
});

test("a choice of another driver's conversation is ignored", async () => {
  await turnOf(8_000);
  const chosen = async (choose: ReturnType<typeof sessions>['use' | 'fork']) => {
    await useDriver('claude');
    await choose(scout, 's1', 'hivectl');
    await useDriver('codex');
    const turn = await begin();
    await harness.finish(turn, 'done', { sessionId: 'thread' });
    return turn.session;
  };
  expect(await chosen(sessions().use)).toMatchObject({ choice: 'fresh', id: null });
  // By now it has a conversation of its own driver.
  expect(await chosen(sessions().fork)).toMatchObject({ choice: 'continue', id: 'thread' });
});

test('turns of an outage neither keep the cache warm nor hide the prices', async () => {
  await turnOf(40_000);
  const used = agentRow();
  const deps = { prices: [], kindOf: () => null, policy: 'auto' as const };
  const nothing = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 };
  for (let n = 0; n < 25; n += 1) {
    hive.time.now += 10 * MINUTE;
    await turnOf(40_000, { outcome: 'outage', usage: nothing, answered: false });
  }
  hive.time.now += MINUTE;
  const plan = planSession(hive.db, deps, { agent: used, at: hive.time.now, mayChoose: true });
  expect(plan.reason).toContain('cache cold (4 h since the last turn');
});

test('a conversation ID fits every CLI, can be printed, and is never empty', () => {
  const { sessionId } = finishInput.shape;
  for (const id of ['6f1c2b1e-1d0c-4b5e-9d6a-0a2f6f3f7c11', 'ses_4f2A9', 'Fall 7: Öl/Gas 🙂', 'x'.repeat(128), null])
    expect(sessionId.safeParse(id).success).toBe(true);
  for (const id of ['', 'a\nb', '\u001b[2J', 'a\u0000', '\u202egpj', 'a\u2028b', '\ud800', 'x'.repeat(129)])
    expect(sessionId.safeParse(id).success).toBe(false);
});
