import * as z from 'zod';
import {
  AGENT_SOCKET,
  BOX_PATHS,
  BOX_SKILL_DIRS,
  BOX_PORTS,
  type BoxService,
  boxSocketDir,
  EGRESS_PORT,
  EGRESS_SOCKET,
} from '../protocol/box-paths.ts';
import { type AgentName, agentName } from '../protocol/names.ts';
import type { SkillSource } from '../protocol/told/skills.ts';
import manifest from '../package.json' with { type: 'json' };

const port = z.coerce.number().int().min(0).max(65_535);
const dir = z.string().startsWith('/');

const environment = z.object({
  HIVE_AGENT: agentName,
  HIVE_GENERATION: z.coerce.number().int().positive(),
  HIVE_RUN_DIR: dir.default(BOX_PATHS.run),
  HIVE_HARNESS_DIR: dir,
  HIVE_STATE_DIR: dir,
  HIVE_TOOLCHAIN: dir.default(BOX_PATHS.toolchain),
  HIVE_SKILLS_DIR: dir.default(BOX_PATHS.skills),
  HIVE_DOCS_SKILLS_DIR: dir.default(BOX_SKILL_DIRS.docs),
  HIVE_CLI_DIR: dir.optional(),
  HIVE_MCP_PORT: port.default(BOX_PORTS.hived),
  HIVE_FORGE_PORT: port.default(BOX_PORTS.forge),
  HIVE_GATEWAY_PORT: port.default(BOX_PORTS.gateway),
  HIVE_EGRESS_PORT: port.default(EGRESS_PORT),
});

/** The harness's settings from its box. Ports of 0 mean any free one (tests). */
export interface Config {
  readonly agent: AgentName;
  readonly generation: number;
  readonly version: string;
  readonly sockets: {
    readonly hived: string;
    readonly forge: string;
    readonly gateway: string;
    readonly egress: string;
  };
  readonly ports: {
    readonly mcp: number;
    readonly forge: number;
    readonly gateway: number;
    readonly egress: number;
  };
  readonly harnessDir: string;
  readonly stateDir: string;
  /** Read-only, shared by all boxes: node, the harness, and the programs that drivers need. */
  readonly toolchain: string;
  /** The skills of the hive by their source, read-only. */
  readonly skillDirs: Readonly<Record<SkillSource, string>>;
  /** The directory of the version of its driver's CLI that the box was made with; null if the driver needs none. */
  readonly cliDir: string | null;
  /** The only variables of the box that a driver's program gets. */
  readonly passedOn: Readonly<Record<string, string>>;
}

/** Reads the environment once. Throws a ZodError that names each invalid variable. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = environment.parse(env);
  const socketOf = (service: BoxService) => `${boxSocketDir(service, given.HIVE_RUN_DIR)}/${AGENT_SOCKET}`;
  return Object.freeze({
    agent: given.HIVE_AGENT,
    generation: given.HIVE_GENERATION,
    version: manifest.version,
    sockets: {
      hived: socketOf('hived'),
      forge: socketOf('forge'),
      gateway: socketOf('gateway'),
      egress: `${boxSocketDir('gateway', given.HIVE_RUN_DIR)}/${EGRESS_SOCKET}`,
    },
    ports: {
      mcp: given.HIVE_MCP_PORT,
      forge: given.HIVE_FORGE_PORT,
      gateway: given.HIVE_GATEWAY_PORT,
      egress: given.HIVE_EGRESS_PORT,
    },
    harnessDir: given.HIVE_HARNESS_DIR,
    stateDir: given.HIVE_STATE_DIR,
    toolchain: given.HIVE_TOOLCHAIN,
    skillDirs: { operator: given.HIVE_SKILLS_DIR, docs: given.HIVE_DOCS_SKILLS_DIR },
    cliDir: given.HIVE_CLI_DIR ?? null,
    passedOn: pickPassedOn(env),
  });
}

const PASSED_ON =
  /^(?:PATH|HOME|TMPDIR|LANG|LC_[A-Z]+|TZ|TERM|SHELL|BASH_ENV|USER|LOGNAME|npm_config_[a-z_]+|PIP_[A-Z_]+|GIT_[A-Z0-9_]+|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|HIVE_AGENT|HIVE_STATE_DIR)$/;

function pickPassedOn(env: NodeJS.ProcessEnv): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && PASSED_ON.test(name)) picked[name] = value;
  return picked;
}
