import { createHash } from 'node:crypto';
import { type AgentName, MANAGER } from '../../../../protocol/names.ts';
import type { BoxPlan } from '../../runtime/runtime.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import type { AgentRow } from '../agents/queries.ts';
import { boxFieldsOf } from '../../../../protocol/spec-fields.ts';
import {
  BOX_PATHS,
  BOX_SERVICES,
  BOX_SKILL_DIRS,
  boxHarnessDir,
  boxSocketDir,
  boxStateDir,
  EGRESS_IN_BOX,
} from '../../../../protocol/box-paths.ts';
import { cliDir, type CliVersion, sayCli } from '../../../../protocol/cli-places.ts';
import { placeOf, sharedPlace } from '../../node/place.ts';
import { tmpCeilingMb } from '../../config/box-memory.ts';
import type { Users } from '../../node/users.ts';
import type { ToolchainVersions } from '../../node/toolchain-version.ts';

/**
 * Every box has a harness, which holds a few messages at a time and computes little: a small heap and no optimised
 * code save 10 MB per box (docs/performance.md) at no measurable cost.
 */
const HARNESS_NODE_FLAGS = [
  '--max-semi-space-size=1',
  '--optimize-for-size',
  '--no-opt',
  '--max-lazy',
  '--no-warnings',
];

/** Files that tell the programs in a box its user, mounted over the image's own. */
const ACCOUNT_FILES = ['passwd', 'group', 'gitconfig', 'bash-env'] as const;

/** Increased when boxes are created differently, so that those of an older hived count as outdated. */
const PLAN_VERSION = 9;

/**
 * The complete specification of an agent's box. The manager also sees the other agents' states, read-only, at the
 * same paths, so that a path in a message opens for it too.
 */
export function planBox(
  agent: AgentRow,
  all: readonly AgentRow[],
  hive: { users: Users; toolchainVersion: ToolchainVersions; timeZone: string },
): BoxPlan {
  const { users } = hive;
  const uid = users.agent(agent.id);
  const home = boxStateDir(agent.name);
  const { limits } = agent.spec;
  const { cli } = hive.toolchainVersion(agent.spec.driver);
  const others = agent.name === MANAGER ? all.filter((other) => other.name !== agent.name) : [];
  const plan = {
    agent: agent.name,
    generation: agent.generation,
    image: agent.spec.image,
    uid,
    gid: users.separate ? uid : users.sharedGroup,
    groups: users.separate ? [users.sharedGroup, ...others.map((other) => users.agent(other.id))] : [],
    // A spec stored before /tmp was checked against the memory.
    limits: { ...limits, tmpMb: Math.min(limits.tmpMb, tmpCeilingMb(limits.memoryMb)) },
    argv: [`${BOX_PATHS.toolchain}/node/bin/node`, ...HARNESS_NODE_FLAGS, `${BOX_PATHS.toolchain}/harness/harness.mjs`],
    env: boxEnv(agent, { timeZone: hive.timeZone, cli }),
    workdir: home,
    mounts: [
      { place: sharedPlace('toolchain'), target: BOX_PATHS.toolchain, readOnly: true },
      { place: placeOf(agent.name, 'state'), target: home, readOnly: false },
      { place: placeOf(agent.name, 'harness'), target: boxHarnessDir(agent.name), readOnly: false },
      { place: sharedPlace('shared'), target: BOX_PATHS.shared, readOnly: false },
      { place: sharedPlace('skills'), target: BOX_PATHS.skills, readOnly: true },
      { place: sharedPlace('docs-skills'), target: BOX_PATHS['docs-skills'], readOnly: true },
      { place: placeOf(agent.name, 'secrets'), target: BOX_PATHS.secrets, readOnly: true },
      ...ACCOUNT_FILES.map((file) => ({ place: placeOf(agent.name, file), target: BOX_PATHS[file], readOnly: true })),
      ...BOX_SERVICES.map((service) => ({
        place: placeOf(agent.name, `${service}-sockets`),
        target: boxSocketDir(service),
        readOnly: true,
      })),
      ...others.map((other) => ({
        place: placeOf(other.name, 'state'),
        target: boxStateDir(other.name),
        readOnly: true,
      })),
    ],
  };
  return {
    ...plan,
    cli: cli === null ? null : sayCli(cli),
    fingerprint: fingerprint(agent, {
      toolchainVersion: hive.toolchainVersion,
      timeZone: hive.timeZone,
      names: all.map((one) => one.name),
    }),
  };
}

/**
 * For the agent's own programs; curl and others read only the lower-case names, some only the upper-case ones. What
 * listens in the box itself (the model's relay, the forge's) is reached directly.
 */
const PROXY_ENV = Object.fromEntries(
  Object.entries({
    HTTP_PROXY: EGRESS_IN_BOX,
    HTTPS_PROXY: EGRESS_IN_BOX,
    NO_PROXY: '127.0.0.1,localhost,::1',
  }).flatMap(([name, value]) => [
    [name, value],
    [name.toLowerCase(), value],
  ]),
);

function boxEnv(
  { name, generation }: Pick<AgentRow, 'name' | 'generation'>,
  { timeZone, cli }: { timeZone: string; cli: CliVersion | null },
): Record<string, string> {
  return {
    HIVE_AGENT: name,
    HIVE_GENERATION: String(generation),
    HIVE_RUN_DIR: BOX_PATHS.run,
    HIVE_HARNESS_DIR: boxHarnessDir(name),
    HIVE_STATE_DIR: boxStateDir(name),
    HIVE_TOOLCHAIN: BOX_PATHS.toolchain,
    HIVE_SKILLS_DIR: BOX_SKILL_DIRS.operator,
    HIVE_DOCS_SKILLS_DIR: BOX_SKILL_DIRS.docs,
    // The version that it was made with, for as long as the box lives, whichever is in use later.
    ...(cli === null ? {} : { HIVE_CLI_DIR: `${BOX_PATHS.toolchain}/${cliDir(cli)}` }),
    HOME: boxStateDir(name),
    USER: name,
    LOGNAME: name,
    SHELL: '/bin/bash',
    TZ: timeZone,
    BASH_ENV: BOX_PATHS['bash-env'],
    GIT_TERMINAL_PROMPT: '0',
    ...PROXY_ENV,
    // A host that is not allowed is refused at once: no minute of retries.
    npm_config_fetch_retries: '0',
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    PIP_RETRIES: '0',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PATH: `${BOX_PATHS.toolchain}/node/bin:/usr/local/bin:/usr/bin:/bin`,
    LANG: 'C.UTF-8',
    TMPDIR: '/tmp',
  };
}

/**
 * A hash of everything that recreating the box would change: a running box with another fingerprint is outdated. The
 * manager's box has a mount for each other agent, so it is outdated whenever an agent is created or destroyed.
 */
export function fingerprint(
  agent: Pick<AgentRow, 'name' | 'spec'>,
  hive: { toolchainVersion: ToolchainVersions; timeZone: string; names: readonly AgentName[] },
): string {
  const { spec } = agent;
  const { timeZone } = hive;
  const seen = agent.name === MANAGER ? hive.names.toSorted() : NOBODY;
  const toolchain = hive.toolchainVersion(spec.driver).mark;
  const names = seen.join(' ');
  const known = fingerprints.get(spec);
  if (known?.toolchain === toolchain && known.timeZone === timeZone && known.names === names) return known.value;
  const value = createHash('sha256')
    .update(JSON.stringify([PLAN_VERSION, boxFieldsOf(spec), toolchain, timeZone, seen]))
    .digest('hex')
    .slice(0, 16);
  fingerprints.set(spec, { toolchain, timeZone, names, value });
  return value;
}

const NOBODY: readonly AgentName[] = [];

interface Fingerprint {
  readonly toolchain: string;
  readonly timeZone: string;
  readonly names: string;
  readonly value: string;
}

/** A cache of each spec's last fingerprint with its other inputs: specs are shared and frozen (parse-spec.ts). */
const fingerprints = new WeakMap<AgentSpec, Fingerprint>();
