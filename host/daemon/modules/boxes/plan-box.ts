import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type AgentName, MANAGER } from '../../../../protocol/names.ts';
import type { Places } from '../../config.ts';
import type { BoxPlan } from '../../runtime/runtime.ts';
import type { AgentRow } from '../agents/store/agents.ts';
import { boxFieldsOf } from '../../../../protocol/spec-fields.ts';
import { ACCOUNT_FILES } from './account-files.ts';
import { tmpCeilingMb } from '../agents/box-memory.ts';
import { agentPlaces, type Users } from './places.ts';
import type { ToolchainVersions } from './toolchain-version.ts';

/**
 * Every box has a harness, which holds a few messages at a time and computes nothing: a small heap and
 * no optimised code save it 10 MB (docs/performance.md) and cost it nothing that could be measured.
 */
const HARNESS_NODE_FLAGS = [
  '--max-semi-space-size=1',
  '--optimize-for-size',
  '--no-opt',
  '--max-lazy',
  '--no-warnings',
];

/** Counts up when boxes are made of something else than before, so that those of an older hived are outdated. */
const PLAN_VERSION = 3;

/**
 * Everything an agent's box is made of. The manager also sees the other agents' states, read-only,
 * at the same paths, so that a path in a message opens for it too.
 */
export function planBox(
  agent: AgentRow,
  all: readonly AgentRow[],
  hive: { places: Places; users: Users; toolchainVersion: ToolchainVersions; timeZone: string },
): BoxPlan {
  const { places, users } = hive;
  const own = agentPlaces(places, agent.name);
  const uid = users.agent(agent.id);
  const home = `/agents/${agent.name}/state`;
  const { limits } = agent.spec;
  const others = agent.name === MANAGER ? all.filter((other) => other.name !== agent.name) : [];
  const plan = {
    agent: agent.name,
    generation: agent.generation,
    image: agent.spec.image,
    uid,
    gid: users.separate ? uid : users.sharedGroup,
    groups: users.separate ? [users.sharedGroup, ...others.map((other) => users.agent(other.id))] : [],
    // A spec of before /tmp was checked against the memory.
    limits: { ...limits, tmpMb: Math.min(limits.tmpMb, tmpCeilingMb(limits.memoryMb)) },
    argv: ['/opt/hive/node/bin/node', ...HARNESS_NODE_FLAGS, '/opt/hive/harness/harness.mjs'],
    env: boxEnv(agent, hive.timeZone),
    workdir: home,
    mounts: [
      { source: places.toolchain, target: '/opt/hive', readOnly: true },
      { source: own.state, target: home, readOnly: false },
      { source: own.harness, target: `/agents/${agent.name}/harness`, readOnly: false },
      { source: places.shared, target: '/shared', readOnly: false },
      ...Object.entries(ACCOUNT_FILES).map(([file, target]) => ({
        source: join(own.account, file),
        target,
        readOnly: true,
      })),
      { source: own.hivedDir, target: '/run/hive/hived', readOnly: true },
      { source: own.forgeDir, target: '/run/hive/forge', readOnly: true },
      { source: own.gatewayDir, target: '/run/hive/gateway', readOnly: true },
      ...others.map((other) => ({
        source: agentPlaces(places, other.name).state,
        target: `/agents/${other.name}/state`,
        readOnly: true,
      })),
    ],
  };
  return {
    ...plan,
    fingerprint: fingerprint(agent, {
      toolchainVersion: hive.toolchainVersion,
      timeZone: hive.timeZone,
      names: all.map((one) => one.name),
    }),
  };
}

function boxEnv({ name, generation }: Pick<AgentRow, 'name' | 'generation'>, timeZone: string): Record<string, string> {
  return {
    HIVE_AGENT: name,
    HIVE_GENERATION: String(generation),
    HIVE_RUN_DIR: '/run/hive',
    HIVE_HARNESS_DIR: `/agents/${name}/harness`,
    HIVE_STATE_DIR: `/agents/${name}/state`,
    HIVE_TOOLCHAIN: '/opt/hive',
    HOME: `/agents/${name}/state`,
    USER: name,
    LOGNAME: name,
    SHELL: '/bin/bash',
    TZ: timeZone,
    BASH_ENV: ACCOUNT_FILES['bash-env'],
    GIT_TERMINAL_PROMPT: '0',
    // No network: said at once, not after a minute of tries.
    npm_config_fetch_retries: '0',
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    PIP_RETRIES: '0',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PATH: '/opt/hive/node/bin:/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    TMPDIR: '/tmp',
  };
}

/**
 * What making the box anew would change: a running box of another fingerprint is outdated. The manager's
 * box holds a mount for each other agent, so it is outdated as soon as one comes or goes.
 */
export function fingerprint(
  agent: Pick<AgentRow, 'name' | 'spec'>,
  hive: { toolchainVersion: ToolchainVersions; timeZone: string; names: readonly AgentName[] },
): string {
  const seen = agent.name === MANAGER ? hive.names.toSorted() : [];
  return createHash('sha256')
    .update(
      JSON.stringify([
        PLAN_VERSION,
        boxFieldsOf(agent.spec),
        hive.toolchainVersion(agent.spec.driver),
        hive.timeZone,
        seen,
      ]),
    )
    .digest('hex')
    .slice(0, 16);
}
