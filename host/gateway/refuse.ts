import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { shorten } from '../../system/text/cut-text.ts';
import type { Log } from '../../system/log.ts';
import { PROTOCOLS } from './protocols/protocols.ts';

/** How the relay in a box, or a program beside a socket, may call this server. */
const OUR_NAMES: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]', 'hive', 'gateway']);
const NO_WAY =
  'This socket reaches the model provider only. Allowed hosts are reached by the proxy that HTTPS_PROXY names.';
/** For what is no request of any protocol. */
const { errorBody } = PROTOCOLS[0];
/** How much of a name that an agent chose is logged. */
const LOGGED_CHARS = 200;

/** Refuses and logs what is meant for another host: an address in the request line, or a foreign Host header. */
export function refuseElsewhere(app: FastifyInstance, log: Log): void {
  app.addHook('onRequest', async (request, reply) => {
    const target = findElsewhere(request.raw);
    if (target === null) return;
    log.warn({ method: request.method, target: shorten(target, LOGGED_CHARS) }, 'refused to reach another host');
    await reply.code(403).header('connection', 'close').send(errorBody(403, NO_WAY));
  });
}

/** Where a request wants to go, if not here. */
export function findElsewhere(request: Pick<IncomingMessage, 'url' | 'headers'>): string | null {
  const url = request.url ?? '/';
  if (!url.startsWith('/')) return url;
  const { host } = request.headers;
  if (host === undefined || host === '') return null;
  return OUR_NAMES.has(host.toLowerCase().replace(/:\d*$/, '')) ? null : host;
}

/** Refuses and logs CONNECT, which never reaches the routes. */
export function refuseTunnels(server: Server, log: Log): void {
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    log.warn(
      {
        method: 'CONNECT',
        target: shorten(request.url ?? '', LOGGED_CHARS),
      },
      'refused to reach another host',
    );
    socket.on('error', () => {});
    socket.end(rawAnswer('405 Method Not Allowed', errorBody(405, NO_WAY)), () => socket.destroy());
  });
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [status: number, line: string, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, '408 Request Timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [431, '431 Request Header Fields Too Large', 'The headers are too long.'],
};

/** Answers what is not HTTP, or comes too slowly, and closes its connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, line, message] = CLIENT_ERRORS[error.code ?? ''] ?? [400, '400 Bad Request', 'This is not HTTP/1.1.'];
  socket.end(rawAnswer(line, errorBody(status, message)), () => socket.destroy());
}

function rawAnswer(line: string, body: unknown): string {
  const json = JSON.stringify(body);
  return [
    `HTTP/1.1 ${line}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(json)}`,
    'connection: close',
    '',
    json,
  ].join('\r\n');
}
