import { expect, onTestFinished, test } from 'vitest';
import { MANAGER, OPERATOR, type AgentName } from '../../../../protocol/names.ts';
import { operatorSurface } from '../../../../protocol/operations/operator.ts';
import type { Db } from '../../../../store/open-store.ts';
import { insertIntent } from '../boxes/store/intents.ts';
import { handleAgents } from './handlers.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';

/** The database, with a counter of executed statements. */
function countRuns(db: Db, count: () => void): Db {
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(from, key) {
        const value: unknown = Reflect.get(from, key);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (key === 'get' || key === 'all' || key === 'run' || key === 'iterate') count();
          const result: unknown = value.apply(from, args);
          if (key === 'prepare') return watch(result as object);
          return result === from ? watch(from) : result;
        };
      },
    });
  return watch(db);
}

test('a list of agents takes the same number of statements for many as for few, and equals the views of single agents', async () => {
  let runs = 0;
  const hive = await openTestFleet({ watchDb: (db) => countRuns(db, () => (runs += 1)) });
  onTestFinished(() => hive.close());
  await hive.fleet.keepers.reconcileAll();
  const { fleet } = hive;
  const statements = (list: () => unknown) => {
    runs = 0;
    list();
    return runs;
  };
  const few = [statements(fleet.views.viewAll), statements(fleet.views.listBriefly)];

  for (let count = 0; count < 20; count += 1) await hive.create(`more-${count}`);
  const harness = await hive.boot('scout');
  await hive.broker.send(OPERATOR, { to: 'scout', body: 'one' });
  await harness.wake();
  await hive.broker.send(OPERATOR, { to: 'scout', body: 'two' });
  await hive.fleet.control.stop('coder' as AgentName, 'hivectl');
  await hive.writer.write((tx) =>
    insertIntent(tx.db, { kind: 'rebuild', agent: 'more-3', data: { generation: 2 }, at: 0 }),
  );
  expect([statements(fleet.views.viewAll), statements(fleet.views.listBriefly)]).toEqual(few);
  expect(Math.max(...few)).toBeLessThanOrEqual(6);

  const all = fleet.views.viewAll();
  expect(all.map(({ name }) => fleet.views.view(name))).toEqual(all);
  expect(all.map(({ name }) => name)).toEqual([
    MANAGER,
    ...all
      .map(({ name }) => name)
      .slice(1)
      .toSorted(),
  ]);
  expect(all.find(({ name }) => name === 'scout')).toMatchObject({ state: 'working', queued: 1, leased: 1 });
  expect(all.find(({ name }) => name === 'more-3')).toMatchObject({ state: 'rebuilding' });
  expect(fleet.views.listBriefly()).toEqual(
    all.map(({ name, spec, parent, state, queued }) => ({ name, role: spec.role, parent, state, waiting: queued })),
  );
});

test('the operator may request some agents by name; unknown and repeated names change nothing', async () => {
  const hive = await openTestFleet();
  onTestFinished(() => hive.close());
  const { operator } = handleAgents({ ...hive, completeSpec: () => hive.fleet.views.view(MANAGER).spec } as never);
  const asked = operator.listAgents({ names: 'coder,nobody,scout,coder,' });
  expect(asked.agents.map(({ name }) => name)).toEqual(['coder', 'scout']);
  expect(operator.listAgents({}).agents).toEqual(hive.fleet.views.viewAll());
  expect(operatorSurface.listAgents.input.safeParse({ names: 'x,'.repeat(50) }).success).toBe(false);
});

test('a check of fifty agents queries the runtime for boxes once', async () => {
  const hive = await openTestFleet();
  onTestFinished(() => hive.close());
  for (let count = 0; count < 50; count += 1) await hive.create(`one-${count}`);
  await hive.fleet.keepers.reconcileAll();
  expect(hive.runtime.boxes.size).toBeGreaterThanOrEqual(50);
  hive.runtime.lists = 0;
  await hive.fleet.keepers.reconcileAll();
  expect(hive.runtime.lists).toBe(1);
});
