import { DOCS_SKILLS_NOW } from './told/docs-skills-now.ts';

/**
 * Paths inside every box, on whichever machine it runs: hived mounts them, the harness and its programs use them. An
 * agent's own directories have the same path in every box that may see them.
 */
export const BOX_PATHS = {
  /** Node, the harness and the LLM CLIs; read-only. */
  toolchain: '/opt/hive',
  /** Files of all agents. */
  shared: '/shared',
  /** The hive's skills, one directory each; read-only. */
  skills: '/opt/skills',
  /** The skills of the repository shared/docs; read-only. */
  'docs-skills': '/opt/docs-skills',
  /** One directory of sockets for each service: `<run>/<service>/agent.sock`. */
  run: '/run/hive',
  /** The secrets that the operator gave to the agent, one file each; read-only. */
  secrets: '/run/secrets',
  passwd: '/etc/passwd',
  group: '/etc/group',
  gitconfig: '/etc/gitconfig',
  /** Read by every bash that runs a command. */
  'bash-env': '/etc/hive-bash-env',
} as const;

/** Where a model finds the skills of each source. */
export const BOX_SKILL_DIRS = {
  operator: BOX_PATHS.skills,
  docs: `${BOX_PATHS['docs-skills']}/${DOCS_SKILLS_NOW}`,
} as const;

/** The services that listen for each agent. */
export const BOX_SERVICES = ['hived', 'forge', 'gateway'] as const;
export type BoxService = (typeof BOX_SERVICES)[number];

/** The file name of a service's socket, in its directory of an agent's sockets. */
export const AGENT_SOCKET = 'agent.sock';

/** The file name of the gateway's second socket for an agent, beside the first: the proxy to allowed hosts. */
export const EGRESS_SOCKET = 'egress.sock';

/** An agent's own files in a box. */
export function boxStateDir(agent: string): string {
  return `/agents/${agent}/state`;
}

/** The harness's files in its agent's box: the spool of events, the sessions of the LLM CLI. */
export function boxHarnessDir(agent: string): string {
  return `/agents/${agent}/harness`;
}

/** The directory of a service's socket in a box whose socket directory is `run`. */
export function boxSocketDir(service: BoxService, run: string = BOX_PATHS.run): string {
  return `${run}/${service}`;
}

/** Loopback ports in every box; the harness relays them to the services' sockets. */
export const BOX_PORTS = { hived: 7001, forge: 7002, gateway: 7003 } as const satisfies Record<BoxService, number>;

/** The loopback port that the harness relays to the proxy to allowed hosts. */
export const EGRESS_PORT = 7004;

/** The forge's address in every box. */
export const FORGE_IN_BOX = `http://127.0.0.1:${BOX_PORTS.forge}`;

/** The address of the proxy to allowed hosts in every box. */
export const EGRESS_IN_BOX = `http://127.0.0.1:${EGRESS_PORT}`;
