import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { markChangedModels } from './mark-changed-models.ts';
import { bootFacts, findAgent } from './store/agents.ts';

const SCOUT = 'scout' as AgentName;
const HELLO = { bootId: crypto.randomUUID(), generation: 1, harnessVersion: 'test', pid: 1 };

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive(['manager', 'scout']);
});
afterEach(() => hive.close());

const hello = () => hive.broker.hello(SCOUT, { ...HELLO, bootId: crypto.randomUUID() });
const untold = () => bootFacts(hive.db, SCOUT)?.specUntold;
const restart = () => markChangedModels({ ...hive, modelOf: ({ model }) => hive.modelNames.get(model) ?? model });

describe('the model that a harness is told', () => {
  test('is the first entry of its name, and is stored', async () => {
    hive.modelNames.set('sonnet', 'some-model');
    expect((await hello()).spec.model).toBe('some-model');
    expect(findAgent(hive.db, SCOUT)).toMatchObject({ toldModel: 'some-model', spec: { model: 'sonnet' } });
    // The gateway let it request this one already.
    expect(hive.modelsTold()).toBe(0);
  });

  test('is told again before the next turn when it changed while hived was away; the gateway hears of it then', async () => {
    await hello();
    await restart();
    expect(untold()).toBe(0);
    hive.modelNames.set('sonnet', 'some-model');
    await restart();
    expect(untold()).toBe(1);
    expect((await hello()).spec.model).toBe('some-model');
    expect([untold(), hive.modelsTold()]).toEqual([0, 1]);
  });

  test('of a hive from before is the one in its spec', async () => {
    hive.db.prepare('UPDATE agents SET told_model = NULL').run();
    await restart();
    expect(untold()).toBe(0);
    hive.modelNames.set('sonnet', 'some-model');
    await restart();
    expect(untold()).toBe(1);
  });
});
