import type { Server } from 'node:net';
import type { Log } from '../../system/log.ts';
import { type Listener, listenUnix, type UnixSocket } from '../../system/socket/listen-unix.ts';
import { nameError } from './name-error.ts';

/** A server for one agent, which does not listen yet. */
export interface AgentServer {
  readonly listener: Listener | Server;
  /** Accepts nothing more; resolves when the running requests have ended. */
  close(): Promise<unknown>;
  /** Ends the running requests. */
  cut(): void;
  /** The number of open connections. */
  countConnections(): number;
}

/** A server on a socket of each agent. */
export interface AgentSockets<Name extends string> {
  /** Listens for exactly these agents. A socket whose path leads elsewhere by now is made anew. */
  replace(agents: readonly { readonly name: Name; readonly socket: string }[]): Promise<void>;
  /** The agents served, with their open connections. */
  connections(): ReadonlyMap<Name, number>;
  /** Closes all, and ends what still runs after `ms`. */
  drain(ms: number): Promise<void>;
}

export function createAgentSockets<Name extends string>(
  log: Log,
  create: (name: Name) => AgentServer,
): AgentSockets<Name> {
  const served = new Map<Name, { server: AgentServer; socket: UnixSocket }>();
  /** Servers whose socket is gone, with running requests. */
  const leaving = new Map<AgentServer, Promise<unknown>>();

  async function begin(name: Name, path: string): Promise<void> {
    const server = create(name);
    try {
      const socket = await listenUnix(server.listener, path, { mode: 0o660 });
      served.set(name, { server, socket });
    } catch (error) {
      // One agent's missing directory must not stop the gateway of the others.
      log.error({ agent: name, reason: nameError(error) }, 'cannot listen on the socket of an agent');
      await server.close();
    }
  }

  function end(name: Name): void {
    const old = served.get(name);
    if (old === undefined) return;
    served.delete(name);
    old.socket.remove();
    const closed = old.server.close().finally(() => leaving.delete(old.server));
    leaving.set(old.server, closed);
  }

  return {
    async replace(agents) {
      const names = new Set(agents.map(({ name }) => name));
      for (const [name, { socket }] of served) if (!names.has(name) || !(await socket.isOurs())) end(name);
      const fresh = agents.filter(({ name }) => !served.has(name));
      await Promise.all(fresh.map(({ name, socket }) => begin(name, socket)));
    },
    connections: () => new Map([...served].map(([name, { server }]) => [name, server.countConnections()])),
    async drain(ms) {
      for (const name of served.keys()) end(name);
      const force = setTimeout(() => {
        for (const server of leaving.keys()) server.cut();
      }, ms);
      await Promise.all(leaving.values());
      clearTimeout(force);
    },
  };
}

/** Counts the open connections of a server. */
export function countSockets(server: Server): () => number {
  let count = 0;
  server.on('connection', (socket) => {
    count += 1;
    socket.once('close', () => (count -= 1));
  });
  return () => count;
}
