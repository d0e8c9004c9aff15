import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentName, MANAGER } from '../../../../protocol/names.ts';
import { findAgent, setDesired, setSpec } from '../agents/store/agents.ts';
import { insertIntent, openIntents } from './store/intents.ts';
import { openTurnOf } from '../turns/store/turns.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';
import { createRebuilds, type Rebuilds } from './rebuild.ts';

const scout = 'scout' as AgentName;
const WAIT = { interval: 10 };
let hive: Awaited<ReturnType<typeof openTestFleet>>;
let rebuilds: Rebuilds;

beforeEach(async () => {
  hive = await openTestFleet();
  await hive.fleet.keepers.reconcileAll();
  rebuilds = createRebuilds({ ...hive, managerWaitMs: 100, onError: (error) => hive.problems.push(error) });
  hive.events.subscribe(rebuilds.onEvent);
}, 60_000);
afterEach(async () => {
  await rebuilds.close();
  await hive.close();
}, 60_000);

const all = (now: boolean) => rebuilds.rebuildAll({ reason: 'a test', by: 'hivectl', now, only: null });
const generationOf = (name: AgentName) => findAgent(hive.db, name)?.generation;
const open = () => openIntents(hive.db, 'rebuild_all').length;

/** Says hello for the harness of every box created since, repeatedly until `done`. */
async function helloUntil(done: () => boolean, of = ['manager', 'scout']): Promise<void> {
  await expect
    .poll(async () => {
      for (const { name, generation, bootGeneration } of of.map((one) => findAgent(hive.db, one)!))
        if ((bootGeneration ?? 0) < generation) await hive.boot(name, generation);
      return done();
    }, WAIT)
    .toBe(true);
}

/** A harness whose turn has begun and stays open. */
async function work(name: AgentName) {
  const harness = await hive.boot(name, generationOf(name));
  await hive.broker.send('operator', { to: name, body: 'do it' });
  const turn = await harness.wake();
  if (turn === null) throw new Error('no turn was offered');
  return () => harness.finish({ turn: turn.turn, fence: turn.fence }, 'done');
}

test('rebuild --all waits for running turns, also the manager’s, and interrupts none', async () => {
  const finishManager = await work(MANAGER);
  const finishScout = await work(scout);
  await all(false);
  await rebuilds.rebuildAll({ reason: 'twice', by: 'hivectl', now: false, only: null }).catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'busy' });
  });
  expect([generationOf(MANAGER), generationOf(scout)]).toEqual([1, 1]);
  await finishManager();
  await expect.poll(() => generationOf(MANAGER), WAIT).toBe(2);
  expect(openTurnOf(hive.db, scout)).not.toBeNull();
  expect(generationOf(scout)).toBe(1);
  await finishScout();
  await helloUntil(() => open() === 0);
  expect([generationOf(MANAGER), generationOf(scout)]).toEqual([2, 2]);
  expect(hive.problems).toEqual([]);
});

test('a manager whose rebuild starts no turn is not waited for longer than until its new box runs', async () => {
  await rebuilds.close();
  rebuilds = createRebuilds({ ...hive, managerWaitMs: 600_000, onError: (error) => hive.problems.push(error) });
  hive.events.subscribe(rebuilds.onEvent);
  const { spec } = findAgent(hive.db, MANAGER)!;
  setSpec(hive.db, MANAGER, { spec: { ...spec, wakeFor: [] }, tell: false });
  await all(false);
  await expect.poll(() => generationOf(MANAGER), WAIT).toBe(2);
  expect(generationOf(scout)).toBe(1);
  await helloUntil(() => open() === 0, ['manager', 'scout', 'coder']);
  expect(generationOf(scout)).toBe(2);
  const harness = hive.resume(MANAGER, findAgent(hive.db, MANAGER)!.bootId!);
  expect(await harness.wake()).toBeNull();
  expect(hive.problems).toEqual([]);
});

test('a rebuild that cuts a turn starts another one, whatever wakeFor says', async () => {
  const { spec } = findAgent(hive.db, scout)!;
  setSpec(hive.db, scout, { spec: { ...spec, wakeFor: [] }, tell: false });
  await work(scout);
  const rebuilt = rebuilds.rebuild(scout, { reason: 'a test', by: 'hivectl' });
  await helloUntil(() => openIntents(hive.db, 'rebuild', scout).length === 0, ['scout']);
  await rebuilt;
  const notices = hive.db.prepare(
    "SELECT wakes FROM deliveries JOIN messages m ON m.id = message_id WHERE m.kind = 'system'",
  );
  expect(notices.all()).toEqual([{ wakes: 1 }]);
});

test('with now it waits for nothing, and a waiting rebuild stops waiting', async () => {
  await work(MANAGER);
  await all(false);
  expect(generationOf(MANAGER)).toBe(1);
  await all(true);
  await helloUntil(() => open() === 0);
  expect([generationOf(MANAGER), generationOf(scout)]).toEqual([2, 2]);
});

test('consecutive rebuilds of all: none stays open, and the next is never refused for it', async () => {
  for (let n = 0; n < 20; n += 1) {
    await all(true);
    await helloUntil(() => open() === 0);
  }
  expect(hive.problems).toEqual([]);
}, 120_000);

test('after a restart a manager that was stopped meanwhile stays stopped', async () => {
  const data = { reason: 'a test', by: 'hivectl', now: false, waiting: ['manager', 'scout'], agents: ['scout'] };
  await hive.writer.write((tx) => {
    setDesired(tx.db, MANAGER, 'stopped');
    insertIntent(tx.db, {
      kind: 'rebuild_all',
      agent: null,
      data: { ...data, managerMessage: null, managerDeadline: 0 },
      at: 0,
    });
  });
  rebuilds.resume();
  await helloUntil(() => open() === 0);
  expect(findAgent(hive.db, MANAGER)).toMatchObject({ desired: 'stopped', generation: 1 });
  expect(generationOf(scout)).toBe(2);
});

test('several: only the named running agents, each when its turn is over; `now` interrupts the turns of these only', async () => {
  await hive.create('writer');
  await hive.create('tester');
  await hive.fleet.control.stop('tester' as AgentName, 'hivectl');
  const only = ['scout', 'writer', 'tester'] as AgentName[];
  const several = (now: boolean, names = only) =>
    rebuilds.rebuildAll({ reason: 'a test', by: 'hivectl', now, only: names });
  await expect(several(false, ['nobody' as AgentName])).rejects.toMatchObject({ code: 'unknown_agent' });
  await work(MANAGER);
  await work(scout);
  expect(await several(false)).toEqual({ agents: ['scout', 'writer'], withoutCli: [] });
  await expect.poll(() => generationOf('writer' as AgentName), WAIT).toBe(2);
  expect(generationOf(scout)).toBe(1);
  await expect(several(true, ['writer' as AgentName])).rejects.toMatchObject({ code: 'busy' });
  await several(true);
  await helloUntil(() => open() === 0, ['scout', 'writer']);
  expect([MANAGER, scout, 'writer', 'tester'].map((name) => generationOf(name as AgentName))).toEqual([1, 2, 2, 1]);
  expect(openTurnOf(hive.db, MANAGER)).not.toBeNull();
});

test('now, with more agents than an open rebuild waits for, interrupts and includes the others', async () => {
  await work(scout);
  const call = (now: boolean, only: AgentName[] | null) =>
    rebuilds.rebuildAll({ reason: 'a test', by: 'hivectl', now, only });
  await call(false, [scout]);
  expect(await call(true, null)).toEqual({ agents: [MANAGER, 'coder', scout], withoutCli: [] });
  await helloUntil(() => open() === 0, [MANAGER, 'coder', 'scout']);
  expect([MANAGER, 'coder', scout].map((name) => generationOf(name as AgentName))).toEqual([2, 2, 2]);
});

// Vulnerability: a box without the CLI of its driver replaces one that works, and all of the agent's turns fail.
test('agents whose CLI is missing are named and keep their box; the others are rebuilt', async () => {
  await hive.create('poet', { driver: 'codex' });
  hive.missing.add('codex');
  expect(await all(true)).toEqual({ agents: [MANAGER, 'coder', scout], withoutCli: [{ name: 'poet', cli: 'codex' }] });
  await helloUntil(() => open() === 0, [MANAGER, 'coder', 'scout']);
  expect([MANAGER, 'coder', scout, 'poet'].map((name) => generationOf(name as AgentName))).toEqual([2, 2, 2, 1]);
  hive.missing.add('claude');
  expect((await all(true)).agents).toEqual([]);
  await expect.poll(open, WAIT).toBe(0);
  expect(hive.problems).toEqual([]);
});
