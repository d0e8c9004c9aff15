import { openLog } from '../../system/log.ts';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemberLevel } from '../../protocol/access/repo-access.ts';
import type { AgentName, ProjectName } from '../../protocol/names.ts';
import { forgeAgentSurface } from '../../protocol/operations/repos.ts';
import { forgeSurface } from '../../protocol/operations/services.ts';
import type { ForgeFact } from '../../protocol/schemas/forge-fact.ts';
import { connectSurface, type SurfaceClient } from '../../wire/client.ts';
import { createSecretFinder } from '../../system/redact/find-secrets.ts';
import type { NamedSecret } from '../../system/redact/redactor.ts';
import { listenUnix } from '../../system/socket/listen-unix.ts';
import { createSearchServer } from '../../wire/secret-search.ts';
import { type Forge, type ForgeParts, startForge } from '../forge.ts';
import type { Limits } from '../limits.ts';
import type { AgentLine } from '../roster.ts';
import { startRelay } from './relay.ts';

const MIB = 1024 * 1024;
/** Tests compare git's exact output, so only the tests of waiting show the reason for it. */
const NEVER_MS = 2 ** 31 - 1;
export const MANAGER = 'manager' as AgentName;
export const CODER = 'coder' as AgentName;
export const SCOUT = 'scout' as AgentName;
type Member = Pick<AgentLine, 'name' | 'isManager'> & Partial<AgentLine>;
const AGENTS: readonly Member[] = [
  { name: MANAGER, isManager: true },
  { name: CODER, isManager: false },
  { name: SCOUT, isManager: false, role: 'judge' },
];

/** The result of a git command. */
interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real forge on real sockets in a directory of its own, with a TCP relay per socket like in a box. */
export interface ForgeRig {
  readonly dir: string;
  readonly forge: Forge;
  readonly operator: SurfaceClient<typeof forgeSurface>;
  agent(name: AgentName): SurfaceClient<typeof forgeAgentSurface>;
  socketOf(who: AgentName | 'operator' | 'tokens'): string;
  /** `http://127.0.0.1:<port>` relayed to this caller's socket. */
  urlOf(who: AgentName | 'operator' | 'tokens'): string;
  repositoryDir(fullName: string): string;
  git(...argv: string[]): Promise<GitResult>;
  /** A work tree with one commit of `files`. */
  makeWork(name: string, files: Record<string, string>): Promise<string>;
  /** The secrets that pushes are searched for from now on, as hived does it. */
  learnSecrets(secrets: readonly NamedSecret[]): void;
  /** The server that searches; the rig starts it. */
  readonly search: { start(): Promise<void>; stop(): Promise<void> };
  /** hived's line about an agent on the control pipe. */
  lineOf(agent: Member): AgentLine;
  /** Replaces the projects and who is in them, as hived does. */
  setProjects(levels: Readonly<Record<string, Readonly<Record<string, MemberLevel>>>>): Promise<void>;
  facts(): Promise<ForgeFact[]>;
  /** Ends the forge and starts another on the same directory; `between` runs while there is none. */
  restart(between?: () => Promise<void>): Promise<void>;
  /** Starts another forge on the same directory while this one still runs. */
  startSecond(how?: { knowsAgents: boolean }): Promise<Forge>;
  close(): Promise<void>;
}

export async function startRig(
  limits: Partial<Limits> = {},
  maxPackBytes = 8 * MIB,
  {
    outside,
    ...more
  }: Pick<ForgeParts, 'suites' | 'steady'> & {
    readonly path?: string;
    readonly outside?: { egressSocket: string; caPem: string | null };
  } = {},
): Promise<ForgeRig> {
  const dir = await mkdtemp(join(tmpdir(), 'forge-'));
  const agentsDir = join(dir, 'agents');
  const operatorSocket = join(dir, 'forge.sock');
  for (const { name } of AGENTS) await mkdir(join(agentsDir, name, 'forge'), { recursive: true });
  await mkdir(join(dir, 'root'));
  const lineOf: ForgeRig['lineOf'] = (agent) => ({
    projects: {},
    parent: null,
    role: null,
    madeAt: 0,
    ...agent,
    socket: join(agentsDir, agent.name, 'forge', 'agent.sock'),
  });
  const search = createSearch(join(dir, 'search.sock'));
  await search.start();
  const settings = {
    dir: join(dir, 'root'),
    operatorSocket,
    tokenSocket: join(dir, 'tokens.sock'),
    operatorGid: null,
    searchSocket: join(dir, 'search.sock'),
    ...(outside ?? { egressSocket: join(dir, 'egress.sock'), caPem: null }),
    maxPackBytes,
    checks: { queueRuns: 3, artifactBytes: 64 * MIB, artifactDays: 14, cacheBytes: 64 * MIB },
  };
  const path = process.env['PATH'] ?? '/usr/bin:/bin';
  const parts = { path, ...more };
  const open = async ({ knowsAgents = true } = {}) => {
    const forge = await startForge(
      { ...settings, sqliteBinding: null },
      {
        log: openLog({ level: 'silent', output: process.stderr }),
        clock: Date.now,
        limits: { tellWaitMs: NEVER_MS, ...limits },
        ...parts,
      },
    );
    forge.setInjected([]);
    if (knowsAgents) await forge.setRoster({ agents: AGENTS.map(lineOf), projects: [] });
    return forge;
  };
  let forge = await open();

  const socketOf = (who: AgentName | 'operator' | 'tokens') =>
    who === 'operator'
      ? operatorSocket
      : who === 'tokens'
        ? settings.tokenSocket
        : join(agentsDir, who, 'forge', 'agent.sock');
  const relays = new Map<string, { server: Server; url: string }>();
  for (const who of [...AGENTS.map(({ name }) => name), 'operator' as const, 'tokens' as const])
    relays.set(who, await startRelay(socketOf(who)));
  const clients = new Map(AGENTS.map(({ name }) => [name, connectSurface(forgeAgentSurface, socketOf(name))]));
  const operator = connectSurface(forgeSurface, operatorSocket);

  const git = (...argv: string[]) => runGit(argv, dir, path);

  return {
    dir,
    get forge() {
      return forge;
    },
    operator,
    lineOf,
    learnSecrets: search.learn,
    search,
    agent: (name) => clients.get(name) as SurfaceClient<typeof forgeAgentSurface>,
    socketOf,
    urlOf: (who) => relays.get(who)?.url as string,
    repositoryDir: (fullName) => join(dir, 'root', 'repositories', `${fullName}.git`),
    git,
    async makeWork(name, files) {
      const work = join(dir, name);
      await git('init', '-q', '-b', 'main', work);
      for (const [file, text] of Object.entries(files)) await writeFile(join(work, file), text);
      await git('-C', work, 'add', '.');
      await git('-C', work, 'commit', '-q', '-m', `first of ${name}`);
      return work;
    },
    async setProjects(levels) {
      const projectsOf = (agent: AgentName) =>
        Object.fromEntries(
          Object.entries(levels).flatMap(([project, members]) =>
            members[agent] === undefined ? [] : [[project, members[agent]]],
          ),
        );
      await forge.setRoster({
        agents: AGENTS.map((agent) => lineOf({ ...agent, projects: projectsOf(agent.name) })),
        projects: Object.keys(levels) as ProjectName[],
      });
    },
    async facts() {
      return (await operator.call('listFacts', { after: 0 })).facts;
    },
    async restart(between) {
      await forge.close(1_000);
      await between?.();
      forge = await open();
    },
    startSecond: open,
    async close() {
      await Promise.all([...clients.values(), operator].map((client) => client.close()));
      await forge.close(1_000);
      await search.stop();
      for (const { server } of relays.values()) server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** hived's search of pushes, at this path. */
function createSearch(path: string) {
  let finder = createSecretFinder([]);
  let server: Server | null = null;
  return {
    learn: (secrets: readonly NamedSecret[]) => void (finder = createSecretFinder(secrets)),
    async start() {
      server = createSearchServer(() => finder);
      await listenUnix(server, path, { mode: 0o600 });
    },
    async stop() {
      const ending = server;
      server = null;
      if (ending !== null) await new Promise((resolve) => ending.close(resolve));
    },
  };
}

/** Runs git like an agent's: without this machine's configuration, with a fixed author. */
export function runGit(argv: readonly string[], home: string, path: string): Promise<GitResult> {
  const env = {
    PATH: path,
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    GIT_AUTHOR_NAME: 'tester',
    GIT_AUTHOR_EMAIL: 'tester@localhost',
    GIT_COMMITTER_NAME: 'tester',
    GIT_COMMITTER_EMAIL: 'tester@localhost',
  };
  return new Promise((resolve) => {
    execFile('git', argv, { env, cwd: home, encoding: 'utf8', maxBuffer: 64 * MIB }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
