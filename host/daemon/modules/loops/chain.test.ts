import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';
import { fireDueWork } from '../../core/due-work.ts';
import { createTimerGate } from '../timers/limits.ts';
import { keepReminder } from '../timers/reminders.ts';

// Loops of any length: rings, topics, reminders to oneself. Every text is new, so that similarity plays no
// part.

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const [manager, scout, coder] = ['manager', 'scout', 'coder'] as AgentName[] as [AgentName, AgentName, AgentName];
const NEXT: Record<string, AgentName> = { manager: scout, scout: coder, coder: manager };
const paused = () =>
  hive.heard.filter((event) => event.kind === 'thread.paused').map((event) => event.data as { question: number });
let texts = 0;
const newText = () => `text ${(texts += 1)} ${Math.sqrt(texts)} ${texts ** 3}`;

/**
 * Advances the clock and runs `then` in each turn until nothing is left but held mail. Returns the number of
 * turns per agent.
 */
async function runTurns(
  then: (name: AgentName) => Promise<unknown>,
  options: { most: number; workCalls?: number },
): Promise<number> {
  const names = [manager, scout, coder];
  const harnesses = new Map(await Promise.all(names.map(async (name) => [name, await hive.boot(name)] as const)));
  let turns = 0;
  // Where nothing happens, time goes faster: over a minute passes before the end.
  for (let idle = 0; turns < options.most && idle < 12;) {
    hive.time.now += idle < 5 ? 1_000 : 10_000;
    await fireDueWork({ ...hive, onError: (error) => expect.unreachable(String(error)) });
    let ran = false;
    for (const [name, harness] of harnesses) {
      const turn = await harness.wake();
      if (turn === null) continue;
      ran = true;
      turns += 1;
      await then(name);
      await harness.finish(turn, 'done', { workCalls: options.workCalls ?? 0 });
    }
    idle = ran ? 0 : idle + 1;
  }
  return turns;
}

const passOn = (name: AgentName) => hive.broker.send(name, { to: NEXT[name] ?? scout, body: newText() });

test('a ring of three is slowed, then held, and the operator is asked once; "go on" resets the count', async () => {
  await hive.broker.send('operator', { to: manager, body: 'begin' });
  const first = await runTurns(passOn, { most: 200 });
  expect(first).toBe(24);
  expect(paused()).toHaveLength(1);
  const held = hive.db
    .prepare('SELECT MAX(id) FROM messages WHERE sender IN (?, ?, ?)')
    .pluck()
    .get(manager, scout, coder);
  expect(receiptsFor(hive, held as number)).toMatchObject([
    { state: 'queued', note: '24 turns followed from one another without other work; the operator was asked' },
  ]);
  await hive.broker.answer({ to: 'operator', body: 'go on', in_reply_to: paused()[0]!.question });
  expect(await runTurns(passOn, { most: 200 })).toBeGreaterThan(12);
  expect(paused()).toHaveLength(2);
  await hive.broker.answer({ to: 'operator', body: 'close it', in_reply_to: paused()[1]!.question });
  expect(await runTurns(passOn, { most: 200 })).toBe(0);
  expect(hive.db.prepare('SELECT COUNT(*) FROM paused_chains').pluck().get()).toBe(0);
});

test('work in between raises the limit of a ring, but not indefinitely', async () => {
  await hive.broker.send('operator', { to: manager, body: 'begin' });
  const turns = await runTurns(passOn, { most: 500, workCalls: 3 });
  expect(turns).toBe(100);
  expect(paused()).toHaveLength(1);
});

test('three agents that write to each other through a topic are held as well', async () => {
  for (const name of [manager, scout, coder]) await hive.broker.subscribe(name, '#talk', true);
  await hive.broker.send('operator', { to: manager, body: 'begin' });
  const turns = await runTurns((name) => hive.broker.send(name, { to: '#talk' as never, body: newText() }), {
    most: 400,
  });
  expect(turns).toBeLessThan(100);
  expect(paused()).toHaveLength(1);
});

test('an agent that wakes itself by reminders, with mail in between, is held; one that pauses is not', async () => {
  const gate = createTimerGate(hive, { maxStanding: 100, rate: { burst: 1_000, perMinute: 1_000 } });
  const deps = { events: hive.events, clock: hive.clock, gate, quietMs: 600_000 };
  const remindIn = (seconds: number) => (name: AgentName) =>
    hive.writer.write((tx) => keepReminder(tx, deps, { owner: name, to: name, body: newText(), in_seconds: seconds }));
  await hive.broker.send('operator', { to: scout, body: 'begin' });
  const turns = await runTurns((name) => (texts % 4 === 0 ? passOn(name) : remindIn(10)(name)), { most: 200 });
  expect(turns).toBe(24);
  expect(paused()).toHaveLength(1);
  await hive.broker.answer({ to: 'operator', body: 'close it', in_reply_to: paused()[0]!.question });

  await hive.broker.send('operator', { to: coder, body: 'look every quarter of an hour' });
  const harness = await hive.boot('coder');
  for (let round = 0; round < 60; round += 1) {
    const turn = await harness.wake();
    expect(turn).not.toBeNull();
    await remindIn(900)(coder);
    await harness.finish(turn!, 'done');
    hive.time.now += 900_000;
    await fireDueWork({ ...hive, onError: (error) => expect.unreachable(String(error)) });
  }
  expect(paused()).toHaveLength(1);
});

test('a new message from the operator begins a chain of its own', async () => {
  for (let round = 0; round < 10; round += 1) {
    await hive.broker.send('operator', { to: manager, body: newText() });
    let left = 9;
    await runTurns((name) => ((left -= 1) > 0 ? passOn(name) : Promise.resolve()), { most: 100 });
  }
  expect(paused()).toEqual([]);
});
