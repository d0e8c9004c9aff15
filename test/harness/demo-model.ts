import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream/promises';
import { answerDemo } from '../../host/gateway/demo/answer-demo.ts';
import type { Protocol, Target } from '../../host/gateway/protocols/protocol.ts';
import { PROTOCOLS } from '../../host/gateway/protocols/protocols.ts';

/** Callbacks for each request that the demo model answers, and for the limit in its answer (epoch ms; null: none). */
export interface DemoListeners {
  readonly onRequest: (body: Buffer, headers: IncomingHttpHeaders) => void;
  readonly onLimit: (until: number | null) => void;
}

const DEAF: DemoListeners = { onRequest: () => undefined, onLimit: () => undefined };

/** The demo model as a separate server in all of its protocols, without a gateway before it. */
export function createDemoModel(listeners = DEAF): Server {
  return createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => answerAsDemo({ request, body: Buffer.concat(parts) }, response, listeners));
  });
}

/** Answers one request, whose body was read, as the demo model does. Requests other than calls of a model get an empty answer. */
export function answerAsDemo(
  { request, body }: { request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>; body: Buffer },
  response: ServerResponse,
  { onRequest, onLimit } = DEAF,
): void {
  const call = findCall(request);
  if (call === null) return void response.end();
  onRequest(body, request.headers);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  void answer({ ...call, body }, { response, signal: gone.signal, onLimit }).catch(() => response.destroy());
}

/** An error in the protocol of the request. */
export function errorFor(request: Pick<IncomingMessage, 'method' | 'url'>, status: number, message: string): unknown {
  return findCall(request)?.protocol.errorBody(status, message) ?? {};
}

/** The protocol of a call, by its path; null for anything but a call. */
function findCall({
  method,
  url = '',
}: Pick<IncomingMessage, 'method' | 'url'>): { protocol: Protocol; target: Target } | null {
  const { pathname, searchParams } = new URL(url, 'http://model');
  for (const protocol of PROTOCOLS)
    for (const route of protocol.routes) {
      const found = new RegExp(`^${route.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^:/]+)')}$`).exec(pathname);
      if (found === null || route.method !== method || method !== 'POST') continue;
      return { protocol, target: { route, params: { ...found.groups }, query: Object.fromEntries(searchParams) } };
    }
  return null;
}

async function answer(
  call: { protocol: Protocol; target: Target; body: Buffer },
  to: { response: ServerResponse; signal: AbortSignal; onLimit: (until: number | null) => void },
): Promise<void> {
  const reply = await answerDemo(call, to.signal);
  const failed = { status: reply.status, headers: reply.headers, body: '' };
  to.onLimit(call.protocol.readLimit(failed, Date.now())?.until ?? null);
  to.response.writeHead(reply.status, reply.headers);
  if (typeof reply.body === 'string') to.response.end(reply.body);
  else await pipeline(reply.body, to.response);
}
