import * as fc from 'fast-check';
import { test } from 'vitest';
import { findAgent, setSpec } from '../host/daemon/modules/agents/store/agents.ts';
import { openTestHive, type TestHive } from '../host/daemon/testing/open-test-hive.ts';
import type { AgentName } from '../protocol/names.ts';
import { anything, ROOMY } from './support/broker-model/commands.ts';
import { AGENTS, type Model, type Name, type Real, WAKE_FOR } from './support/broker-model/model.ts';

/**
 * Compares the broker with a model of two pages: any order of sends, claims, renewals, ends, lost harnesses, crashes of
 * hived in the middle of sends, expiries, notices of the hive, joins of running turns and requeues must leave the same deliveries in the
 * same states as in the model. The clock is the test's.
 */
/** Rounds of so many runs until there are enough steps: how long the runs are follows from the seed. */
const RUNS = 40;
const STEPS = 10_000;
const COMMANDS = 240;

test(
  'ten thousand steps of everything that can happen to mail agree with the model',
  { timeout: 900_000 },
  async () => {
    const seed = Number(process.env['HIVE_TEST_SEED'] ?? Date.now() % 2 ** 31);
    process.stdout.write(`broker model: seed ${seed} (set HIVE_TEST_SEED to repeat)\n`);
    const done = { steps: 0 };
    const counted = anything.map((commands) =>
      commands.map((command) => ({
        ...command,
        run: (model: Model, real: Real) => {
          done.steps += 1;
          return command.run(model, real);
        },
      })),
    );
    const agrees = fc.asyncProperty(fc.commands(counted, { size: 'max', maxCommands: COMMANDS }), async (commands) => {
      const hive = openTestHive(AGENTS, { broker: ROOMY });
      // The test proves order, not durability; the soak test kills real processes.
      hive.db.pragma('synchronous = OFF');
      const harness = new Map<Name, Awaited<ReturnType<TestHive['boot']>>>();
      for (const who of AGENTS) {
        const spec = findAgent(hive.db, who)!.spec;
        const wakeFor = WAKE_FOR[who];
        if (wakeFor !== undefined) setSpec(hive.db, who as AgentName, { spec: { ...spec, wakeFor }, tell: false });
        harness.set(who, await hive.boot(who));
      }
      const real: Real = { hive, harness, turns: new Map(), stale: [] };
      try {
        const model: Model = { deliveries: [], ended: new Map(), owed: [], lastNotice: 0, open: new Map() };
        await fc.asyncModelRun(() => ({ model, real }), commands);
      } finally {
        await real.hive.close();
      }
    });
    for (let round = 0; done.steps < STEPS; round += 1)
      await fc.assert(agrees, { seed: seed + round, numRuns: RUNS, endOnFailure: false });
    process.stdout.write(`broker model: ${done.steps} steps\n`);
  },
);
