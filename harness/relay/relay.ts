import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { createLargeBuffers, DirectSocket, type LargeBuffers } from '../../system/socket/direct-socket.ts';

/** A loopback port relayed to a Unix socket of the hive. */
export interface Relay {
  readonly port: number;
  /** When the service last sent bytes (epoch ms); 0 before the first. */
  heardAt(): number;
  close(): Promise<void>;
}

/** Each uses two descriptors of the harness, which has a limit of 16,384. */
export const MOST_OPEN = 512;

/** Of each relay: 2 MiB of the box's memory. */
const MOST_LARGE_BUFFERS = 8;

/**
 * Listens on 127.0.0.1 and carries each connection to a Unix socket, unchanged: both directions with back-pressure,
 * each half closed on its own. While the service is down (it restarts) the caller gets a small HTTP 503, which the
 * CLIs and git retry. Port 0 means any free one. The content is not inspected. At MOST_OPEN connections an old one is
 * closed for a new one, first those that never carried data: connections leaked by an agent's command displace
 * neither the harness's descriptors nor the CLI's connections.
 */
export async function openRelay(socketPath: string, port: number): Promise<Relay> {
  // Callers that have not sent anything yet, oldest first; and the others, least recently used first.
  const silent = new Set<Socket>();
  const heard = new Set<Socket>();
  const large = createLargeBuffers(MOST_LARGE_BUFFERS);
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
      large,
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

function join(
  caller: Socket,
  to: { socketPath: string; large: LargeBuffers; onData: () => void; onAnswer: () => void },
): void {
  const service = new DirectSocket({ large: to.large });
  service.connect({ path: to.socketPath });
  let connected = false;
  caller.on('error', () => service.destroy());
  caller.once('close', () => service.destroy());
  service.once('connect', () => {
    connected = true;
    caller.pipe(service);
    // Not earlier: the caller's first bytes would be lost.
    caller.on('data', to.onData);
    service.carryTo(caller, () => {
      to.onData();
      to.onAnswer();
    });
  });
  service.on('error', () => {
    if (connected) caller.destroy();
    else answerAway(caller);
  });
  service.once('close', () => {
    // Half-closed is fine; closed without an end is not.
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

/** Reads the rest of the caller's request, so that it gets the answer and not a reset. */
function answerAway(caller: Socket): void {
  if (caller.destroyed) return;
  caller.end(AWAY);
  caller.resume();
  const deadline = setTimeout(() => caller.destroy(), 5_000);
  caller.once('close', () => clearTimeout(deadline));
}
