import type { Log } from '../../../system/log.ts';
import { createServer, type Server } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import type { AgentName } from '../../../protocol/names.ts';
import type { Op } from '../../../protocol/op.ts';
import { agentSurface } from '../../../protocol/operations/agent.ts';
import { type CallAccount, createCallMeter } from '../../../wire/call-meter.ts';
import { serveFrames } from '../../../wire/frames/serve-frames.ts';
import { listenUnix } from '../../../system/socket/listen-unix.ts';
import { bindSurface, type CallHooks, type CleanInput } from '../../../wire/operations.ts';
import type { AgentMemory } from '../core/agent-memory.ts';
import { runLatest } from '../../../system/run-latest.ts';
import { createFairShare } from '../../../wire/fair-share.ts';
import {
  answerBadPath,
  answerErrors,
  type CallContext,
  type Handlers,
  parseJsonBodies,
  serveSurface,
  shareThread,
} from '../../../wire/routes.ts';

/** The body limit of the sockets other than agents'. */
export const BODY_LIMIT = 8 * 1024 * 1024;
/**
 * The body limit of one agent's socket, which bounds its use of hived's memory: its harness sends 256 KiB at once
 * over one connection.
 */
const AGENT_BODY_LIMIT = 512 * 1024;
const AGENT_CONNECTIONS = 32;
const AGENT_FRAME_CONNECTIONS = 8;
/** One agent's slice of hived's thread before the other sockets are served. */
const SLICE_MS = 5;

/** A Fastify app as all of hived's surfaces are: strict JSON, the error table, no log of requests. */
export function createApp(log: Log, bodyLimit = BODY_LIMIT): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger per request would repeat the event log.
    childLoggerFactory: (logger) => logger,
    bodyLimit,
    forceCloseConnections: true,
    frameworkErrors: answerBadPath,
    // As long as an attachment's name.
    routerOptions: { maxParamLength: 128 },
  });
  parseJsonBodies(app);
  answerErrors(app);
  return app;
}

interface AgentSocket {
  name: AgentName;
  /** The path of this agent's socket. */
  path: string;
  gid: number | undefined;
}

/** The agents' sockets: one server each, so that the caller is known from where the request arrived. */
export interface AgentSockets {
  /**
   * Opens missing sockets and closes those of destroyed agents, one run at a time: `list` is read when the run
   * begins. The result has each agent whose socket cannot be opened, with the reason; the others are not delayed by
   * it. After `close` it does nothing.
   */
  sync(): Promise<ReadonlyMap<AgentName, unknown>>;
  close(): Promise<void>;
}

/**
 * One app answers all agents; each has a server of its own, which identifies the owner of a connection. The harness
 * upgrades its connection to frames; plain HTTP is for debugging with curl. Either way a call is charged to its agent
 * (wire/call-meter.ts) and scheduled fairly among the others (wire/fair-share.ts).
 */
export async function serveAgents(
  log: Log,
  handlers: Handlers<typeof agentSurface, AgentName>,
  hive: {
    list: () => readonly AgentSocket[];
    memory: AgentMemory;
    clean?: CleanInput<AgentName>;
    steady?: () => number;
  },
): Promise<AgentSockets> {
  const { list, memory, clean, steady = () => performance.now() } = hive;
  const app = createApp(log, AGENT_BODY_LIMIT);
  const owners = new WeakMap<object, AgentName>();
  const servers = memory.keep<{ server: Server; frames: { close(): void } }, AgentName>(
    'socket',
    (open) => void end(open),
  );
  const meter = createCallMeter<AgentName>(steady, memory.keep<CallAccount, AgentName>('call allowance'));
  const share = createFairShare<AgentName>({ sliceMs: SLICE_MS });
  const admit = (op: Op, context: CallContext<AgentName>) => meter.admit(op, context);
  const hooks: CallHooks<AgentName> = { admit, ...(clean && { clean }) };
  const operations = bindSurface(agentSurface, handlers, hooks);
  const callerOf = (request: FastifyRequest): AgentName => {
    const owner = owners.get((request.raw.socket as unknown as { server: object }).server);
    if (owner === undefined) throw new Error('a request came in by no known socket');
    return owner;
  };
  shareThread(app, share, callerOf);
  serveSurface(app, agentSurface, { handlers, callerOf, hooks, share });
  await app.ready();

  async function open(agent: AgentSocket): Promise<void> {
    const server = createServer((request, response) => app.routing(request, response));
    server.keepAliveTimeout = 60_000;
    server.maxConnections = AGENT_CONNECTIONS;
    // A long poll is held for up to a minute; anything slower is not our client.
    server.requestTimeout = 120_000;
    const frames = serveFrames(server, operations, {
      caller: agent.name,
      maxBytes: AGENT_BODY_LIMIT,
      maxConnections: AGENT_FRAME_CONNECTIONS,
      share,
      onError: (error, code) => log.error({ err: error }, code),
    });
    owners.set(server, agent.name);
    servers.set(agent.name, { server, frames });
    await listenUnix(server, agent.path, {
      mode: 0o660,
      ...(agent.gid === undefined ? {} : { gid: agent.gid }),
    });
  }

  function shut(name: AgentName): Promise<void> {
    const open = servers.get(name);
    servers.delete(name);
    return open === undefined ? Promise.resolve() : end(open);
  }

  function end({ server, frames }: { server: Server; frames: { close(): void } }): Promise<void> {
    return new Promise((resolve) => {
      frames.close();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async function syncOnce(): Promise<ReadonlyMap<AgentName, unknown>> {
    const agents = list();
    const wanted = new Set(agents.map((agent) => agent.name));
    await Promise.all([...servers.keys()].filter((name) => !wanted.has(name)).map(shut));
    const failed = new Map<AgentName, unknown>();
    const tryOpen = (agent: AgentSocket) =>
      open(agent).catch(async (error: unknown) => {
        failed.set(agent.name, error);
        // Not opened: the next run retries.
        await shut(agent.name);
      });
    await Promise.all(agents.filter((agent) => !servers.has(agent.name)).map(tryOpen));
    return failed;
  }

  const syncs = runLatest<void, ReadonlyMap<AgentName, unknown>>(syncOnce);

  return {
    sync: async () => (await syncs.run()) ?? new Map(),
    async close() {
      // A run under way would open sockets that nobody closes.
      await syncs.end();
      await Promise.all([...servers.keys()].map(shut));
      await app.close();
    },
  };
}
