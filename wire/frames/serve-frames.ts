import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { HiveError } from '../../protocol/errors.ts';
import type { BoundOperation } from '../operations.ts';
import { LIMIT_HEADER, PATH, PROTOCOL } from './frame.ts';
import { FrameConnection, type FrameServerOptions } from './frame-connection.ts';

/**
 * Lets connections of an HTTP server upgrade to frames (`Upgrade: hive-frames`), which call the same operations at a
 * fraction of the cost. Close the returned object before the server, which no longer tracks upgraded connections.
 */
export function serveFrames<Caller>(
  server: Server,
  operations: ReadonlyMap<string, BoundOperation<Caller>>,
  options: FrameServerOptions<Caller> & {
    /** Maximum concurrent framed connections of this server; unlimited by default. */
    maxConnections?: number;
  },
): { close(): void } {
  const sockets = new Set<Duplex>();
  server.on('upgrade', (request, duplex, head) => {
    // Plain HTTP servers pass the connection itself.
    const socket = duplex as Socket;
    if (!wantsFrames(request)) {
      refuseUpgrade(
        socket,
        new HiveError('invalid_input', `The only upgrade here is GET ${PATH} with "Upgrade: ${PROTOCOL}".`),
      );
      return;
    }
    if (sockets.size >= (options.maxConnections ?? Number.POSITIVE_INFINITY)) {
      refuseUpgrade(
        socket,
        new HiveError('rate_exceeded', `No more than ${options.maxConnections} framed connections at once. Close one.`),
      );
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setTimeout(0);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${PROTOCOL}\r\n${LIMIT_HEADER}: ${options.maxBytes}\r\n\r\n`,
    );
    const connection = new FrameConnection(socket, operations, options);
    if (head.length > 0) connection.take(head);
  });
  return {
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function wantsFrames({ method, url, headers }: IncomingMessage): boolean {
  return method === 'GET' && url === PATH && headers.upgrade?.toLowerCase() === PROTOCOL;
}

function refuseUpgrade(socket: Socket, error: HiveError): void {
  const body = JSON.stringify(error.toBody());
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  socket.resume();
}
