/** When a changed spec takes effect: at the next turn without another box, or in the next box. */
import { expect, onTestFinished, test } from 'vitest';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';

const SCOUT = 'scout' as AgentName;

async function openFleet() {
  const hive = await openTestFleet();
  onTestFinished(() => hive.close());
  await hive.fleet.keepers.reconcileAll();
  const change = (spec: Parameters<typeof hive.fleet.declarations.change>[1]['spec']) =>
    hive.fleet.declarations.change(SCOUT, { spec, by: 'hivectl' });
  return { ...hive, change };
}

test('a model or prompt makes no box outdated: its harness gets the spec again before the next turn', async () => {
  const { change, boot, broker } = await openFleet();
  const harness = await boot('scout');
  const { agent, changed } = await change({ model: 'opus', prompt: 'Look twice.' });
  expect({ changed, outdated: agent.outdated }).toEqual({ changed: ['model', 'prompt'], outdated: false });
  await broker.send(OPERATOR, { to: 'scout', body: 'go' });
  await expect(harness.wake()).rejects.toMatchObject({ code: 'stale_boot' });
  const greeting = await broker.hello(SCOUT, { bootId: harness.bootId, generation: 1, harnessVersion: 'test', pid: 1 });
  expect(greeting.spec).toMatchObject({ model: 'opus', prompt: 'Look twice.' });
  expect(await harness.wake()).not.toBeNull();
});

test('a running turn continues and ends as it would have; the change applies after it', async () => {
  const { change, boot, broker } = await openFleet();
  const harness = await boot('scout');
  await broker.send(OPERATOR, { to: 'scout', body: 'go' });
  const turn = await harness.wake();
  await change({ prompt: 'Look twice.' });
  expect(await harness.wake()).toEqual(turn);
  await harness.finish(turn!, 'done');
  await expect(harness.wake()).rejects.toMatchObject({ code: 'stale_boot' });
});

test('a harness that waits for mail gets the change at once', async () => {
  const { change, boot } = await openFleet();
  const harness = await boot('scout');
  const waiting = harness.wake(60_000);
  const refused = expect(waiting).rejects.toMatchObject({ code: 'stale_boot' });
  await change({ tools: ['Read'] });
  await refused;
});

test('a field fixed in a box makes it outdated and sends no new spec; disk limits do neither', async () => {
  const { change, boot, fleet } = await openFleet();
  const harness = await boot('scout');
  const disk = await change({ limits: { diskMb: 100 } });
  expect(disk).toMatchObject({ changed: ['limits.diskMb'], agent: { outdated: false } });
  const cpus = await change({ limits: { cpus: 1.5 } });
  expect(cpus).toMatchObject({ changed: ['limits.cpus'], agent: { outdated: true } });
  expect(await harness.wake()).toBeNull();
  await fleet.control.restart(SCOUT, 'hivectl');
  expect(fleet.views.view(SCOUT).outdated).toBe(false);
});
