import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { InjectedHost } from '../../protocol/schemas/service.ts';
import { waitAtMost } from '../../system/pause.ts';
import { createRefusalReader, type GatewayRefusal } from './read-refusal.ts';
import { isSamePassword, MAX_HEAD_BYTES, readRelayHead } from './relay-head.ts';

/**
 * The forge's way to hosts outside: the gateway's egress proxy for the hive itself, which is a Unix socket. Programs that
 * know no such proxy (git) reach it by a relay on a port of loopback. The relay listens only while something is under
 * way, and every operation has a password of its own for it: other users of this machine can connect to the port, too.
 */
export interface WayOut {
  /** Begins one operation. Rejects when no port can be had. */
  open(limits: { maxBytes: number }): Promise<Passage>;
  /** Hosts for which the gateway adds a secret; replaces the previous ones. */
  setInjected(hosts: readonly InjectedHost[]): void;
  /** Resolves with them, once they were set for the first time. Rejects when the signal fires before. */
  injected(signal: AbortSignal): Promise<readonly InjectedHost[]>;
  /** The gateway's socket, for programs that can use it. */
  readonly socket: string;
}

/** The relay, for one operation. */
export interface Passage {
  /** `http://USER:PASSWORD@127.0.0.1:PORT`: for the environment of a child, never its arguments. */
  readonly proxyUrl: string;
  /** The last refusal by the gateway; null: there was none. */
  refusal(): GatewayRefusal | null;
  /** Whether more than `maxBytes` came from outside; its connections are ended then. */
  isFull(): boolean;
  /** Ends its connections, and the password. */
  close(): void;
}

interface Open {
  readonly user: string;
  readonly password: string;
  readonly maxBytes: number;
  readonly sockets: Set<Socket>;
  bytes: number;
  refusal: GatewayRefusal | null;
}

const HEAD_MS = 15_000;
/** Connections of the relay at once: git uses one or two for an operation. */
const MOST_CONNECTIONS = 64;

export function createWayOut(socket: string): WayOut {
  const operations = new Map<string, Open>();
  let injected: readonly InjectedHost[] = [];
  let markTold = () => {};
  const told = new Promise<void>((resolve) => (markTold = resolve));
  let relay: { server: Server; port: Promise<number> } | null = null;
  let started = 0;

  /** Resolves with its port. */
  function listen(): Promise<number> {
    if (relay !== null) return relay.port;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
      serve(client, { operations, socket }),
    );
    server.maxConnections = MOST_CONNECTIONS;
    server.listen(0, '127.0.0.1');
    relay = { server, port: once(server, 'listening').then(() => (server.address() as AddressInfo).port) };
    return relay.port;
  }

  function leave(user: string): void {
    const ended = operations.get(user);
    operations.delete(user);
    for (const one of ended?.sockets ?? []) one.destroy();
    if (operations.size > 0 || relay === null) return;
    relay.server.close();
    relay = null;
  }

  return {
    socket,
    setInjected(hosts) {
      injected = hosts;
      markTold();
    },
    async injected(signal) {
      await waitAtMost(told, Infinity, signal);
      signal.throwIfAborted();
      return injected;
    },
    async open({ maxBytes }) {
      const user = `o${(started += 1)}`;
      const password = randomBytes(32).toString('base64url');
      const open: Open = { user, password, maxBytes, sockets: new Set(), bytes: 0, refusal: null };
      operations.set(user, open);
      try {
        const port = await listen();
        return {
          proxyUrl: `http://${user}:${password}@127.0.0.1:${port}`,
          refusal: () => open.refusal,
          isFull: () => open.bytes > maxBytes,
          close: () => leave(user),
        };
      } catch (error) {
        leave(user);
        throw error;
      }
    },
  };
}

/** One connection: its head is read, the password is checked and taken out, and the rest is carried as it is. */
function serve(
  client: Socket,
  { operations, socket }: { operations: ReadonlyMap<string, Open>; socket: string },
): void {
  let bytes: Buffer = Buffer.alloc(0);
  client.on('error', () => client.destroy());
  const deadline = setTimeout(() => client.destroy(), HEAD_MS);
  client.once('close', () => clearTimeout(deadline));
  const hear = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    const head = readRelayHead(bytes);
    if (head === null) {
      if (bytes.length > MAX_HEAD_BYTES) client.destroy();
      return;
    }
    clearTimeout(deadline);
    client.off('data', hear);
    client.pause();
    const operation = head.pass === null ? undefined : operations.get(head.pass.user);
    if (operation === undefined || !isSamePassword(head.pass?.password ?? '', operation.password))
      return void client.end(NOT_YOURS);
    carry(client, operation, { socket, first: head.rest });
  };
  client.on('data', hear);
}

const NOT_YOURS =
  'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="forge"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

function carry(client: Socket, operation: Open, { socket, first }: { socket: string; first: Buffer }): void {
  const upstream = connect({ path: socket, allowHalfOpen: true });
  const both = [client, upstream];
  for (const one of both) {
    operation.sockets.add(one);
    one.once('close', () => operation.sockets.delete(one));
  }
  client.once('close', () => upstream.destroy());
  // After an ordinary end the client still gets what was read.
  upstream.once('close', () => void (upstream.readableEnded || client.destroy()));
  upstream.on('error', () => upstream.destroy());
  const reader = createRefusalReader((refusal) => (operation.refusal = refusal));
  upstream.on('data', (chunk: Buffer) => {
    reader(chunk);
    operation.bytes += chunk.length;
    if (operation.bytes > operation.maxBytes) for (const one of both) one.destroy();
  });
  upstream.write(first);
  client.pipe(upstream);
  upstream.pipe(client);
}
