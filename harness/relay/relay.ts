import { type AddressInfo, type Server, type Socket, createConnection, createServer } from 'node:net';

/** A loopback port that leads to a Unix socket of the hive's. */
export interface Relay {
  readonly port: number;
  /** When the service said anything last (epoch ms); 0 before the first. */
  heardAt(): number;
  close(): Promise<void>;
}

/** Each takes two descriptors of the harness, which may have 16,384. */
export const MOST_OPEN = 512;

/**
 * Listens on 127.0.0.1 and pipes each connection to a Unix socket, bytes as they are: both directions
 * with back-pressure, each half closed on its own. When nobody listens behind (a service restarts) the
 * caller gets a small HTTP 503, which the CLIs and git take as "try again". Port 0 means any free one.
 * What is said is not looked at. With MOST_OPEN connections an old one makes room for a new
 * one, first those on which nothing was ever said: what an agent's command leaks takes neither the harness's descriptors nor
 * the CLI's connections.
 */
export async function openRelay(socketPath: string, port: number): Promise<Relay> {
  // Callers that have said nothing yet, oldest first; and the others, in the order of what was said last.
  const silent = new Set<Socket>();
  const heard = new Set<Socket>();
  let heardAt = 0;
  const forget = (caller: Socket) => silent.delete(caller) || heard.delete(caller);
  const makeRoom = () => {
    if (silent.size + heard.size < MOST_OPEN) return;
    const oldest = firstOf(silent) ?? firstOf(heard);
    if (oldest === undefined) return;
    forget(oldest);
    oldest.destroy();
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => {
    makeRoom();
    silent.add(caller);
    caller.once('close', () => forget(caller));
    join(caller, {
      socketPath,
      onData: () => void (forget(caller) && heard.add(caller)),
      onAnswer: () => {
        heardAt = Date.now();
      },
    });
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    heardAt: () => heardAt,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of [...silent, ...heard]) socket.destroy();
      }),
  };
}

function firstOf<T>(values: Iterable<T>): T | undefined {
  const [first] = values;
  return first;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function join(caller: Socket, to: { socketPath: string; onData: () => void; onAnswer: () => void }): void {
  const service = createConnection({ path: to.socketPath, allowHalfOpen: true });
  let connected = false;
  caller.on('error', () => service.destroy());
  caller.once('close', () => service.destroy());
  service.once('connect', () => {
    connected = true;
    caller.pipe(service);
    service.pipe(caller);
    // Not before: what a caller says at once would be read away.
    for (const side of [caller, service]) side.on('data', to.onData);
    service.on('data', to.onAnswer);
  });
  service.on('error', () => {
    if (connected) caller.destroy();
    else answerAway(caller);
  });
  service.once('close', () => {
    // Half-closed is fine; gone without an end is not.
    if (connected && !service.readableEnded) caller.destroy();
  });
}

const AWAY_BODY = JSON.stringify({
  type: 'error',
  error: {
    type: 'overloaded_error',
    code: 'service_unavailable',
    message: 'This part of the hive is restarting. Try again shortly.',
  },
});
const AWAY = [
  'HTTP/1.1 503 Service Unavailable',
  'content-type: application/json',
  `content-length: ${Buffer.byteLength(AWAY_BODY)}`,
  'retry-after: 1',
  'connection: close',
  '',
  AWAY_BODY,
].join('\r\n');

/** Reads away what the caller still sends, so that it gets the answer and not a reset. */
function answerAway(caller: Socket): void {
  if (caller.destroyed) return;
  caller.end(AWAY);
  caller.resume();
  const deadline = setTimeout(() => caller.destroy(), 5_000);
  caller.once('close', () => clearTimeout(deadline));
}
