import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import type { BoxPlan, BoxStatus } from '../../runtime/runtime.ts';
import { createBoxesInMemory } from '../../testing/boxes-in-memory.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { decideChange, decidePause } from './box-changes.ts';
import { createBoxSurvey } from './box-survey.ts';
import { changeMode, type KeeperMode } from './keeper-modes.ts';
import { type BoxKeeper, keepBox, type Wanted } from './reconcile.ts';

const SCOUT = 'scout' as AgentName;

let hive: TestHive;
let runtime: ReturnType<typeof createBoxesInMemory>;
let wanted: Omit<Wanted, 'plan'>;
let keeper: BoxKeeper;
let problems: unknown[];
let released: string[];

beforeEach(() => {
  hive = openTestHive();
  runtime = createBoxesInMemory();
  wanted = { desired: 'running', generation: 1 };
  problems = [];
  released = [];
  keeper = keepBox(SCOUT, {
    runtime,
    boxesOf: createBoxSurvey(runtime),
    events: hive.events,
    clock: () => hive.time.now,
    random: () => 0,
    stopGraceMs: 0,
    wanted: () => ({
      ...wanted,
      plan: () => ({ agent: SCOUT, generation: wanted.generation, fingerprint: 'f' }) as BoxPlan,
    }),
    onStopped: async (_name, reason) => void released.push(reason),
    onStarved: async (_name, reason) => void released.push(reason),
    onError: (error) => problems.push(error),
    slots: { run: (_name, job) => job() },
  });
});
afterEach(async () => {
  keeper.close();
  await hive.close();
});

const states = () => [...runtime.boxes.values()].map(({ generation, state }) => `${generation} ${state}`);
const kinds = () =>
  hive.db.prepare("SELECT kind FROM events WHERE kind LIKE 'box.%' ORDER BY seq").pluck().all() as string[];
function endBox(end: Partial<NonNullable<BoxStatus['end']>> = {}): void {
  for (const [id, box] of runtime.boxes)
    runtime.boxes.set(id, {
      ...box,
      state: 'exited',
      end: { exitCode: 1, oomKilled: false, ranMs: 0, memoryMb: 512, ...end },
    });
}

test('a box is created, replaced for the next generation, stopped, and removed with its agent', async () => {
  await keeper.reconcile();
  expect(states()).toEqual(['1 running']);
  wanted = { desired: 'running', generation: 2 };
  await keeper.reconcile();
  expect(states()).toEqual(['2 running']);
  wanted = { desired: 'stopped', generation: 2 };
  await keeper.reconcile();
  expect(states()).toEqual(['2 exited']);
  wanted = { desired: 'gone', generation: 2 };
  await keeper.reconcile();
  expect(states()).toEqual([]);
  expect(released).toEqual(['its box was rebuilt', 'its box was stopped']);
  expect(kinds()).toEqual(['box.started', 'box.started']);
});

test('a box that ended by itself is followed by a pause, longer after a lack of memory', async () => {
  await keeper.reconcile();
  endBox({ exitCode: 3 });
  await keeper.reconcile();
  expect(keeper.view().trouble).toEqual({
    reason: 'its box ended with exit code 3',
    retryAt: hive.time.now + 250,
  });
  expect(states()).toEqual(['1 exited']);
  hive.time.now += 250;
  await keeper.reconcile();
  expect(states()).toEqual(['1 running']);
  endBox({ exitCode: 137, oomKilled: true });
  await keeper.reconcile();
  expect(keeper.view().trouble?.retryAt).toBe(hive.time.now + 8_000);
  expect(released).toEqual(['its box ran out of memory (512 MB) and was killed']);
  expect(kinds()).toEqual(['box.started', 'box.exited', 'box.started', 'box.exited']);
});

test('a step that fails is recorded once and retried; an unreachable engine is no failure of the box', async () => {
  const { create } = runtime;
  runtime.create = async () => {
    throw new Error('no room');
  };
  await keeper.reconcile();
  hive.time.now += 60_000;
  await keeper.reconcile();
  expect(problems).toHaveLength(2);
  expect(kinds()).toEqual(['box.failed']);
  runtime.away = true;
  await keeper.reconcile();
  expect(keeper.view().engineAway).toBe(true);
  Object.assign(runtime, { create, away: false });
  hive.time.now += 60_000;
  await keeper.reconcile();
  expect(keeper.view()).toMatchObject({ engineAway: false, trouble: null, box: { state: 'running' } });
});

test('a closed keeper does nothing more, and poking it resolves', async () => {
  await keeper.reconcile();
  keeper.close();
  endBox();
  await keeper.reconcile();
  expect(states()).toEqual(['1 exited']);
  keeper.close();
});

test('in any order of events, no mode follows that the table forbids, and the box reaches the desired state', async () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const { list } = runtime;
  // Pokes and changes also arrive while the runtime is being queried.
  runtime.list = async () => {
    if (random(3) === 0) await new Promise((resolve) => setImmediate(resolve));
    return list();
  };
  onTestFinished(() => void (runtime.list = list));
  const happenings: (() => void)[] = [
    () => void keeper.reconcile(),
    () => void keeper.recreate(),
    () => endBox(),
    () => void (runtime.away = !runtime.away),
    () => void (wanted = { ...wanted, desired: random(2) === 0 ? 'running' : 'stopped' }),
    () => void (wanted = { ...wanted, generation: wanted.generation + 1 }),
    () => void (hive.time.now += random(70_000)),
  ];
  for (let step = 0; step < 400; step += 1) {
    happenings[random(happenings.length)]?.();
    if (random(2) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  runtime.away = false;
  wanted = { ...wanted, desired: 'running' };
  for (let round = 0; round < 5; round += 1) {
    hive.time.now += 60_001;
    await keeper.reconcile();
  }
  expect(states()).toEqual([`${wanted.generation} running`]);
  expect(problems).toEqual([]);
});

test.each<[KeeperMode, KeeperMode]>([
  ['resting', 'acting'],
  ['waiting', 'resting'],
  ['acting', 'resting'],
  ['closed', 'checking'],
])('a keeper that is %s cannot be %s next', (from, to) => {
  expect(() => changeMode(from, to)).toThrow(`${from} cannot be ${to}`);
});

test('a running box that is not in memory is adopted; one that is stopped on purpose does not count as ended', () => {
  const box = { id: 'a', state: 'running' } as BoxStatus;
  const fresh = { running: null, stopping: null };
  expect(decideChange(fresh, [box])).toEqual({
    change: { kind: 'adopted', box },
    memory: { running: 'a', stopping: null },
  });
  expect(decideChange({ running: 'a', stopping: null }, [])).toEqual({
    change: { kind: 'ended', box: null },
    memory: fresh,
  });
  expect(decideChange({ running: 'a', stopping: 'a' }, [])).toEqual({ change: { kind: 'none' }, memory: fresh });
});

test('a box that was healthy for a minute resets the failure count', () => {
  const ended = (ranMs: number) => ({ end: { exitCode: 1, oomKilled: false, ranMs, memoryMb: 1 } }) as BoxStatus;
  expect(decidePause(ended(60_001), { failures: 9, random: 0 })).toEqual({ failures: 1, waitMs: 250 });
  expect(decidePause(ended(59_000), { failures: 3, random: 0 })).toEqual({ failures: 4, waitMs: 2_000 });
  expect(decidePause(null, { failures: 20, random: 0 })).toEqual({ failures: 21, waitMs: 60_000 });
});
