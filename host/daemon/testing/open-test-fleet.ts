import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DRIVERS } from '../../../protocol/drivers/drivers.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { Db } from '../../../store/open-store.ts';
import { parseConfig } from '../config/parse-config.ts';
import type { Config } from '../config/schema.ts';
import { createActivities } from '../modules/agents/activities.ts';
import { agentsModule } from '../modules/agents/module.ts';
import type { Rebuilds } from '../modules/boxes/rebuild.ts';
import { createNotes } from '../modules/agents/notes.ts';
import { boxesModule } from '../modules/boxes/module.ts';
import { completeSpec } from '../modules/agents/complete-spec.ts';
import { createFleet } from '../modules/agents/fleet.ts';
import { createLocalNode } from '../node/local-node.ts';
import type { ToolchainVersions } from '../node/toolchain-version.ts';
import { planUsers } from '../node/users.ts';
import { prepareHive } from '../prepare-hive.ts';
import { listAgents } from '../modules/agents/store/agents.ts';
import { absent } from './list-test-modules.ts';
import { placesIn } from './places-in.ts';
import { createBoxesInMemory } from './boxes-in-memory.ts';
import { openTestHive } from './open-test-hive.ts';

/**
 * A test hive with its fleet: real directories with real owners, boxes in memory. `watchDb` may observe the fleet's
 * queries.
 */
export async function openTestFleet({
  watchDb = (db: Db): Db => db,
  broker = {},
}: { watchDb?: (db: Db) => Db; broker?: Partial<Config['broker']> } = {}) {
  const home = await mkdtemp(join(tmpdir(), 'hive-fleet-'));
  // Agents' own users read their files below it.
  await chmod(home, 0o711);
  const places = placesIn(home);
  const users = planUsers(process.getuid?.() === 0, 250_000);
  const hive = openTestHive(undefined, { broker });
  const config = parseConfig('', 'config.yaml');
  const runtime = createBoxesInMemory();
  const problems: unknown[] = [];
  /** CLIs that a test takes out of the toolchain. */
  const missing = new Set<string>();
  const toolchainVersions = (): ToolchainVersions => (driver) => {
    const { cli } = DRIVERS[driver];
    return { mark: 'test', cli: cli === null || missing.has(cli) ? null : { cli, version: '1.0.0' } };
  };
  const changed = { told: () => Promise.resolve() };
  const onAgentsChanged = () => changed.told();
  const node = createLocalNode({ dirs: places.node, users, onLeft: (error) => problems.push(error) });
  const activities = createActivities(hive.memory);
  const fleet = createFleet({
    ...hive,
    db: watchDb(hive.db),
    activities,
    runtime,
    node,
    users,
    onAgentsChanged,
    disk: { holdsBoxes: () => null, holdsTurns: () => null, useOf: () => null, refuse: () => undefined },
    stopGraceMs: 1,
    silentMs: 90_000,
    toolchainVersions,
    timeZone: 'UTC',
    answererOf: () => 'demo',
    modelOf: () => ({ entries: [] }),
    requireProvider: () => undefined,
    log: { error: (fields) => problems.push(fields) },
  });
  const destroy = { ...hive, fleet, runtime, node, backups: places.backups };
  hive.modules.unshift(
    agentsModule({
      db: hive.db,
      activities,
      fleet,
      destroy,
      notes: createNotes(hive),
      completeSpec: (given) => completeSpec(given, config),
      skills: node.skills,
      standingOf: () => ({ budgets: [], hosts: [] }),
    }),
    boxesModule({
      clock: hive.clock,
      trash: node.trash,
      rebuilds: { ...absent<Rebuilds>(), onEvent: () => undefined },
      fleet,
      runtime,
      retention: config.retention,
      redact: (line) => line,
    }),
  );
  hive.modules.push({ name: 'agent-doors', forgetAgent: onAgentsChanged });
  await prepareHive(places, users);
  await node.prepare();
  for (const row of listAgents(hive.db)) await node.prepareAgent({ ...row, pids: row.spec.limits.pids });

  return {
    ...hive,
    places,
    users,
    runtime,
    fleet,
    node,
    trash: node.trash,
    missing,
    toolchainVersions,
    problems,
    /** Called when the set of agents changed; tests may replace it. */
    changed,
    destroy,
    create: (name: string, spec: Parameters<typeof completeSpec>[0] = {}) =>
      fleet.declarations.create({
        name: name as AgentName,
        parent: 'manager' as AgentName,
        spec: completeSpec(spec, config),
        start: true,
      }),
    async close() {
      fleet.keepers.close();
      await hive.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
