import { afterEach, beforeEach, expect, test } from 'vitest';
import { mailSteps, manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';
import { holdsOf } from '../agents/store/holds.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { heard } = mailSteps(() => hive);
const pause = (more: object = {}) => hive.turns.hold(scout, { kind: 'paused', by: 'hivectl', reason: null }, more);
const resume = () => hive.turns.lift(scout, ['paused', 'stuck'], 'hivectl');

test('a paused agent gets no turn, not even for critical mail; its mail waits, and wakes it when it is resumed', async () => {
  const harness = await hive.boot('scout');
  await pause();
  const sent = await hive.broker.send('operator', { to: scout, body: 'hello', priority: 'critical' });
  expect(sent.waiting).toMatchObject([{ name: 'scout', state: 'held', until: null }]);
  expect(await harness.wake()).toBeNull();
  const waiting = harness.wake(10_000);
  expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'queued', attempts: 0 }]);
  expect(await resume()).toEqual(['paused']);
  expect((await waiting)?.deliveries).toMatchObject([{ id: sent.id, redelivered: false }]);
  expect(heard('agent.held')).toEqual([{ kind: 'paused', by: 'hivectl', reason: null }]);
  expect(heard('agent.released')).toEqual([{ kinds: ['paused'], by: 'hivectl' }]);
});

test('a running turn of a paused agent ends by itself; only critical mail joins it', async () => {
  const harness = await hive.boot('scout');
  await hive.broker.send('operator', { to: scout, body: 'work' });
  const turn = (await harness.wake())!;
  await pause();
  await hive.broker.send(manager, { to: scout, body: 'soon', priority: 'high' });
  const late = await hive.broker.send('operator', { to: scout, body: 'now', priority: 'critical' });
  const known = turn.deliveries.map(({ delivery }) => delivery);
  const ask = { bootId: harness.bootId, turn: turn.turn, fence: turn.fence, waitMs: 0, known };
  const joined = await hive.broker.urgent(scout, ask, new AbortController().signal);
  expect(joined.messages).toMatchObject([{ id: late.id }]);
  await harness.finish(turn, 'done');
  expect(await harness.wake()).toBeNull();
});

test('a pause with now interrupts the running turn', async () => {
  const harness = await hive.boot('scout');
  await hive.broker.send('operator', { to: scout, body: 'work' });
  const turn = (await harness.wake())!;
  await pause({ now: true });
  const status = { state: 'working', reason: null, until: null } as const;
  const pulse = {
    bootId: harness.bootId,
    turn: turn.turn,
    fence: turn.fence,
    status,
    rssBytes: null,
    cliRssBytes: null,
  };
  expect((await hive.broker.heartbeat(scout, pulse)).interrupt).toBe(true);
});

test('a hold survives a crash, and the answer that offered the running turn may be lost', async () => {
  const harness = await hive.boot('scout');
  await hive.broker.send('operator', { to: scout, body: 'work' });
  const turn = (await harness.wake())!;
  await pause();
  expect((await harness.wake())?.turn).toBe(turn.turn);
  const after = openTestHive([], { crashedOf: hive });
  expect(holdsOf(after.db, scout)).toMatchObject([{ kind: 'paused', by: 'hivectl' }]);
  await after.close();
});

test('several holds: each ends by itself, the one to show comes first, and a second one of a kind changes nothing', async () => {
  await pause();
  await hive.turns.hold(scout, { kind: 'paused', by: 'page', reason: 'again' });
  await hive.turns.hold(scout, { kind: 'taken_over', by: 'hivectl', reason: null });
  await hive.turns.hold(scout, { kind: 'stuck', by: 'hive', reason: 'the same call 20 times' });
  expect(holdsOf(hive.db, scout).map(({ kind, by }) => `${kind} ${by}`)).toEqual([
    'taken_over hivectl',
    'stuck hive',
    'paused hivectl',
  ]);
  expect(await resume()).toEqual(['stuck', 'paused']);
  expect(holdsOf(hive.db, scout)).toMatchObject([{ kind: 'taken_over' }]);
  expect(await resume()).toEqual([]);
  expect(await hive.turns.lift(scout, ['taken_over'], 'hivectl')).toEqual(['taken_over']);
  expect(hive.db.prepare("SELECT holds FROM agents WHERE name = 'scout'").pluck().get()).toBeNull();
  await expect(hive.turns.hold('nobody' as never, { kind: 'paused', by: 'x', reason: null })).rejects.toMatchObject({
    code: 'unknown_agent',
  });
});

test('a heartbeat says whether the hive holds the agent for a person, to a harness that asks', async () => {
  const { bootId } = await hive.boot('scout');
  const status = { state: 'idle', reason: null, until: null } as const;
  const pulse = { bootId, turn: null, fence: null, status, rssBytes: null, cliRssBytes: null };
  const ask = () => hive.broker.heartbeat(scout, { ...pulse, knowsTakeover: true });
  expect(await ask()).toMatchObject({ takenOver: false });
  await hive.turns.hold(scout, { kind: 'taken_over', by: 'hivectl', reason: null });
  expect(await ask()).toMatchObject({ takenOver: true });
  expect(await hive.broker.heartbeat(scout, pulse)).not.toHaveProperty('takenOver');
});
