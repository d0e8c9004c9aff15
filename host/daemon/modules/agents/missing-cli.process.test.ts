/** The toolchain has no CLI for a driver: nothing that would need it is begun, and nothing is stored. */
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../config/parse-config.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';
import { createRebuilds } from '../boxes/rebuild.ts';
import { completeSpec } from './complete-spec.ts';
import { seedAgents } from './seed-agents.ts';
import { agentExists } from './store/agents.ts';

const SCOUT = 'scout' as AgentName;
const GEM = 'gem' as AgentName;
const MISSING = { code: 'cli_missing', details: { command: 'hivectl toolchain add gemini' } };

async function openFleet() {
  const hive = await openTestFleet();
  onTestFinished(() => hive.close());
  await hive.fleet.keepers.reconcileAll();
  hive.missing.add('gemini');
  const config = parseConfig('', 'config.yaml');
  const rebuilds = createRebuilds({ ...hive, managerWaitMs: 100, onError: (error) => hive.problems.push(error) });
  const create = (start: boolean) => {
    const spec = completeSpec({ driver: 'gemini' }, config);
    return hive.fleet.declarations.create({ name: GEM, parent: null, spec, start });
  };
  return { ...hive, config, rebuilds, create, control: hive.fleet.control, declarations: hive.fleet.declarations };
}

test('an agent is not created, unless it is to stay stopped; then it is not started until the CLI is there', async () => {
  const { create, control, rebuilds, missing, db } = await openFleet();
  await expect(create(true)).rejects.toMatchObject(MISSING);
  expect(agentExists(db, GEM)).toBe(false);
  expect(await create(false)).toMatchObject({ state: 'stopped' });
  await expect(control.start(GEM, 'hivectl')).rejects.toMatchObject(MISSING);
  await expect(rebuilds.rebuild(GEM, { reason: 'a test', by: 'hivectl' })).rejects.toMatchObject(MISSING);
  missing.clear();
  expect(await control.start(GEM, 'hivectl')).toMatchObject({ desired: 'running', cli: 'gemini@1.0.0' });
});

test('an agent keeps its driver; other changes of it are accepted', async () => {
  const { declarations, missing } = await openFleet();
  const change = (spec: Parameters<typeof declarations.change>[1]['spec']) =>
    declarations.change(SCOUT, { spec, by: 'hivectl' });
  await expect(change({ driver: 'gemini' })).rejects.toMatchObject(MISSING);
  missing.add('claude');
  expect(await change({ driver: 'claude', prompt: 'Look.' })).toMatchObject({ changed: ['prompt'] });
});

test('first agents are declared stopped', async () => {
  const { declarations, config, missing, fleet } = await openFleet();
  missing.add('claude');
  const first = { ...config, first_agents: [{ name: GEM, role: 'gem', prompt: '' }] };
  await seedAgents({ declarations, config: first, known: new Set() });
  expect(fleet.views.view(GEM)).toMatchObject({ desired: 'stopped' });
});
