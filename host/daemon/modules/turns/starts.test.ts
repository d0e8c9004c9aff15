import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import type { Priority } from '../../../../protocol/schemas/message.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';

const MB = 1024 * 1024;
const FLEET = ['manager', 'anna', 'ben', 'cleo', 'dora'] as const;
type Name = (typeof FLEET)[number];

let hive: TestHive;
let boots: Map<Name, Awaited<ReturnType<TestHive['boot']>>>;
let stop: AbortController;

beforeEach(async () => {
  hive = openTestHive(FLEET);
  hive.machine.slots = 2;
  stop = new AbortController();
  boots = new Map();
  for (const name of FLEET) boots.set(name, await hive.boot(name));
});
afterEach(async () => {
  stop.abort();
  await hive.close();
});

const bootOf = (name: Name) => boots.get(name)!;
/** One question of a harness whose CLI runs, or does not. */
const wake = (name: Name, cli: 'warm' | 'none' = 'none', waitMs = 0) =>
  hive.turns.wake(name as AgentName, { bootId: bootOf(name).bootId, waitMs, knowsSessions: true, cli }, stop.signal);
const send = (to: Name, priority: Priority = 'normal') =>
  hive.mail.send('operator', { to, body: 'work', priority } as never);
const started = (name: Name) => hive.events.record('cli.started', { agent: name as AgentName, data: {} as never });
const tidy = async () => hive.modules.find(({ name }) => name === 'turns')?.tidy?.({} as never);
const waitsFor = (name: Name) => hive.harnesses.get(name as AgentName)?.waitsFor ?? null;

/** Sends to all and has all ask, in this order. */
async function wakeAll(names: readonly Name[]) {
  for (const name of names) await send(name);
  const turns = [];
  for (const name of names) turns.push((await wake(name)).turn);
  return turns.map((turn) => turn !== null);
}

test('no more CLIs start at once than the machine has room for; the next one starts when one runs', async () => {
  expect(await wakeAll(['anna', 'ben', 'cleo', 'dora'])).toEqual([true, true, false, false]);
  expect(waitsFor('cleo')).toBe('its CLI starts after others: 2 are starting');
  const next = wake('cleo', 'none', 30_000);
  await started('anna');
  expect((await next).turn).not.toBeNull();
  expect(waitsFor('cleo')).toBeNull();
  expect((await wake('dora')).turn).toBeNull();
});

test('the end of a turn ends its start, and so does another boot', async () => {
  await wakeAll(['anna', 'ben', 'cleo', 'dora']);
  const turn = await bootOf('anna').wake();
  if (turn === null) throw new Error('the same turn is offered until it ends');
  await bootOf('anna').finish(turn, 'failed');
  expect((await wake('cleo')).turn).not.toBeNull();
  expect((await wake('dora')).turn).toBeNull();
  boots.set('ben', await hive.boot('ben'));
  expect((await wake('dora')).turn).not.toBeNull();
});

test('the most urgent mail goes first, whoever asked first', async () => {
  expect(await wakeAll(['anna', 'ben', 'cleo'])).toEqual([true, true, false]);
  await send('dora', 'critical');
  expect((await wake('dora')).turn).toBeNull();
  await started('anna');
  expect((await wake('cleo')).turn).toBeNull();
  expect((await wake('dora')).turn).not.toBeNull();
});

test('a CLI that runs waits for nobody; nor does a harness of an older build', async () => {
  expect(await wakeAll(['anna', 'ben'])).toEqual([true, true]);
  await send('cleo');
  await send('dora');
  expect((await wake('cleo', 'warm')).turn).not.toBeNull();
  expect(await bootOf('dora').wake()).not.toBeNull();
});

test('an agent that was called and does not come keeps nobody waiting', async () => {
  expect(await wakeAll(['anna', 'ben', 'cleo'])).toEqual([true, true, false]);
  hive.time.now += 1;
  await send('dora');
  expect((await wake('dora')).turn).toBeNull();
  await started('anna');
  expect((await wake('dora')).turn).toBeNull();
  hive.time.now += 6_000;
  await tidy();
  expect((await wake('dora')).turn).not.toBeNull();
});

test('a CLI that never says that it runs keeps others waiting for a minute', async () => {
  await wakeAll(['anna', 'ben', 'cleo']);
  hive.time.now += 61_000;
  await tidy();
  expect((await wake('cleo')).turn).not.toBeNull();
});

test('mail that is withdrawn, and a pause, give the place in the queue away', async () => {
  await wakeAll(['anna', 'ben', 'cleo']);
  await send('dora');
  expect((await wake('dora')).turn).toBeNull();
  await hive.turns.hold('cleo' as AgentName, { kind: 'paused', by: 'hivectl', reason: null });
  expect((await wake('cleo')).turn).toBeNull();
  await started('anna');
  expect((await wake('dora')).turn).not.toBeNull();
});

test('where memory is short, the CLI that rested longest is let go, and the start waits for its memory', async () => {
  hive.machine.slots = 10;
  Object.assign(hive.machine, { freeBytes: 700 * MB, reserveBytes: 200 * MB });
  const resting = wake('anna', 'warm', 30_000);
  hive.time.now += 1_000;
  expect((await wake('ben', 'warm')).turn).toBeNull();
  expect(await wakeAll(['cleo', 'dora'])).toEqual([true, false]);
  expect(waitsFor('dora')).toBe('its CLI starts as soon as memory is free');
  expect(await resting).toEqual({ turn: null, letGo: 'Memory is short on this machine.' });
  // One at a time: what the first one frees may be enough.
  expect((await wake('ben', 'warm')).letGo).toBeUndefined();
  hive.machine.freeBytes += 310 * MB;
  expect((await wake('dora')).turn).not.toBeNull();
});

test('what was decided about a CLI does not hold for the next start of its harness', async () => {
  Object.assign(hive.machine, { freeBytes: 0, reserveBytes: 200 * MB });
  await wake('anna', 'warm');
  expect(await wakeAll(['ben'])).toEqual([false]);
  boots.set('anna', await hive.boot('anna'));
  expect((await wake('anna', 'warm')).letGo).toBeUndefined();
});

test('where nothing can end, a CLI starts whatever is free', async () => {
  Object.assign(hive.machine, { freeBytes: 0, reserveBytes: 200 * MB });
  expect(await wakeAll(['anna', 'ben'])).toEqual([true, false]);
});

test('a CLI of a running turn is not let go', async () => {
  Object.assign(hive.machine, { freeBytes: 0, reserveBytes: 200 * MB });
  await wake('anna', 'warm');
  await send('anna');
  expect((await wake('anna', 'warm')).turn).not.toBeNull();
  expect(await wakeAll(['ben'])).toEqual([false]);
  expect((await wake('anna', 'warm')).letGo).toBeUndefined();
});
