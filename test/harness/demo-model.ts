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
    request.on('end', () => {
      const call = findCall(request);
      if (call === null) return void response.end();
      const body = Buffer.concat(parts);
      listeners.onRequest(body, request.headers);
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const { onLimit } = listeners;
      return void answer({ ...call, body }, { response, signal: gone.signal, onLimit }).catch(() => response.destroy());
    });
  });
}

/** The protocol of a call, by its path; null for anything but a call. */
function findCall({ method, url = '' }: IncomingMessage): { protocol: Protocol; target: Target } | null {
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
