import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import type { EgressCaller } from '../../../protocol/egress.ts';
import { shorten } from '../../../system/text/cut-text.ts';
import { answerRefusal } from './answer-refusal.ts';
import { checkHead, MAX_HEAD_BYTES } from './check-head.ts';
import { type EgressRefusal, refuse } from './decide-egress.ts';
import { forwardPlain, refusePlain } from './forward-plain.ts';
import { type EgressDeps, recordRefusal } from './open-connection.ts';
import { openTunnel } from './open-tunnel.ts';
import { readTarget } from './read-target.ts';

/** The HTTP proxy on one agent's socket, which identifies the caller. */
export interface EgressServer {
  readonly server: Server;
  /** Accepts no more connections; resolves when the open ones have ended. */
  close(): Promise<void>;
  /** Ends the open connections. */
  cut(): void;
  /** The number of open connections. */
  countConnections(): number;
}

/**
 * One request per connection: its head is checked before Node's parser sees it, and what follows belongs to that
 * request.
 *
 *   connection ── head ──► CONNECT ──► tunnel
 *                   │  └──► absolute URL ──► forwarded
 *                   └─────► refused
 */
export function createEgressServer(agent: EgressCaller, deps: EgressDeps): EgressServer {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    open.add(client);
    client.on('error', () => client.destroy());
    client.once('close', () => open.delete(client));
    // Waits for nothing that a full set of connections could delay.
    if (open.size > deps.limits.connectionsPerAgent) return refuseRaw(client, TOO_MANY);
    awaitHead(client, deps.limits.headMs, (refusal) => {
      if (refusal !== null) return refuseRaw(client, refusal);
      http.emit('connection', client);
      client.resume();
    });
  });
  // Also those that are being told that there are too many.
  server.maxConnections = 2 * deps.limits.connectionsPerAgent;
  // Never listens: it is given connections whose head was checked.
  const http = createHttpServer({ keepAlive: false, maxHeaderSize: 2 * MAX_HEAD_BYTES });
  http.on('request', (request, response) => void serve(request, (signal) => plain(request, response, signal)));
  http.on(
    'connect',
    (request, client: Socket, head) => void serve(request, (signal) => tunnel(request, { client, head, signal })),
  );
  http.on('clientError', (_error, client) => client.destroy());

  function refuseRaw(client: Socket, refusal: EgressRefusal, request?: IncomingMessage): void {
    recordRefusal({ agent, target: describeTarget(request), refusal }, deps);
    answerRefusal(client, refusal);
  }

  /** Tells a request's work when the box's side is gone. */
  async function serve(request: IncomingMessage, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const gone = new AbortController();
    request.socket.once('close', () => gone.abort());
    try {
      await work(gone.signal);
    } catch (err) {
      deps.log.error({ agent, err }, 'a request broke inside the egress proxy');
      request.socket.destroy();
    }
  }

  async function plain(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const target = read(request);
    if (!('do' in target)) return forwardPlain({ agent, target, request, response, signal }, deps);
    recordRefusal({ agent, target: describeTarget(request), refusal: target }, deps);
    return refusePlain(response, target);
  }

  async function tunnel(
    request: IncomingMessage,
    { client, head, signal }: { client: Socket; head: Buffer; signal: AbortSignal },
  ): Promise<void> {
    const target = read(request);
    return 'do' in target
      ? refuseRaw(client, target, request)
      : openTunnel({ agent, target, client, head, signal }, deps);
  }

  return {
    server,
    close: () => new Promise((resolve) => server.close(() => resolve())),
    cut: () => open.forEach((client) => client.destroy()),
    countConnections: () => open.size,
  };
}

function read({ method = '', url = '', headers }: IncomingMessage) {
  const target = readTarget({ method, url, host: headers.host });
  if (!('code' in target)) return target;
  return refuse(target.code, target.code === 'address' ? 403 : 400, target.words);
}

/** A target that cannot be read, for the record; whatever the box wrote. */
function describeTarget(request: IncomingMessage | undefined) {
  const { method = '', url = '' } = request ?? {};
  const kind = method === 'CONNECT' ? ('tunnel' as const) : ('plain' as const);
  return { kind, method: method.slice(0, 40), host: shorten(url, RECORDED_CHARS), port: 0 };
}

const RECORDED_CHARS = 200;

const TOO_MANY = refuse('too_many', 503, 'There are too many connections open at once.');
const TOO_SLOW = refuse('bad_request', 408, 'The request took too long to arrive.');

/** Reads a connection's head, checks it, and puts it back for the parser. */
function awaitHead(client: Socket, ms: number, done: (refusal: EgressRefusal | null) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const finish = (refusal: EgressRefusal | null) => {
    clearTimeout(deadline);
    client.off('data', hear);
    client.off('end', leave);
    client.pause();
    if (refusal === null) client.unshift(bytes);
    done(refusal);
  };
  const hear = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    const checked = checkHead(bytes);
    if (checked.do === 'refuse') finish(refuse('bad_request', 400, checked.words));
    if (checked.do === 'accept') finish(null);
  };
  const leave = () => {
    clearTimeout(deadline);
    client.destroy();
  };
  const deadline = setTimeout(() => finish(TOO_SLOW), ms);
  client.once('close', () => clearTimeout(deadline));
  client.once('end', leave);
  client.on('data', hear);
}
