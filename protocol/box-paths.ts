/**
 * Where things are inside every box, whichever machine it runs on: hived mounts them there, the harness and its
 * programs find them there. An agent's own directories have the same path in every box that may see them.
 */
export const BOX_PATHS = {
  /** Node, the harness and the LLM CLIs; read-only. */
  toolchain: '/opt/hive',
  /** Files of all agents. */
  shared: '/shared',
  /** One directory of sockets for each service: `<run>/<service>/agent.sock`. */
  run: '/run/hive',
  passwd: '/etc/passwd',
  group: '/etc/group',
  gitconfig: '/etc/gitconfig',
  /** Read by every bash that runs a command. */
  'bash-env': '/etc/hive-bash-env',
} as const;

/** The services that listen for each agent. */
export const BOX_SERVICES = ['hived', 'forge', 'gateway'] as const;
export type BoxService = (typeof BOX_SERVICES)[number];

/** The file that a service listens at, in its directory of an agent's sockets. */
export const AGENT_SOCKET = 'agent.sock';

/** An agent's own files in a box. */
export function boxStateDir(agent: string): string {
  return `/agents/${agent}/state`;
}

/** The harness's files in its agent's box: the spool of events, the conversations of the LLM CLI. */
export function boxHarnessDir(agent: string): string {
  return `/agents/${agent}/harness`;
}

/** The directory of a service's socket in a box whose directory of sockets is `run`. */
export function boxSocketDir(service: BoxService, run: string = BOX_PATHS.run): string {
  return `${run}/${service}`;
}

/** The loopback ports of every box, which its harness carries to the services' sockets. */
export const BOX_PORTS = { hived: 7001, forge: 7002, gateway: 7003 } as const satisfies Record<BoxService, number>;

/** The forge's address in every box. */
export const FORGE_IN_BOX = `http://127.0.0.1:${BOX_PORTS.forge}`;
