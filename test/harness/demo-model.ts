import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { answerDemo } from '../../host/gateway/demo/answer-demo.ts';
import { anthropic } from '../../host/gateway/protocols/anthropic/anthropic.ts';

/** Callbacks for each request that the demo model answers, and for the limit in its answer (epoch ms; null: none). */
export interface DemoListeners {
  readonly onRequest: (body: Buffer, headers: IncomingHttpHeaders) => void;
  readonly onLimit: (until: number | null) => void;
}

const DEAF: DemoListeners = { onRequest: () => undefined, onLimit: () => undefined };

/** The demo model as a separate server, without a gateway before it. */
export function createDemoModel(listeners = DEAF): Server {
  return createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method !== 'POST') return void response.end();
      const body = Buffer.concat(parts);
      listeners.onRequest(body, request.headers);
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const { onLimit } = listeners;
      return void answer(body, { response, signal: gone.signal, onLimit }).catch(() => response.destroy());
    });
  });
}

async function answer(
  body: Buffer,
  to: { response: ServerResponse; signal: AbortSignal; onLimit: (until: number | null) => void },
): Promise<void> {
  const route = anthropic.routes.find(({ kind }) => kind === 'answer');
  if (route === undefined) throw new Error('no route to the model');
  const reply = await answerDemo({ protocol: anthropic, target: { route, params: {}, query: {} }, body }, to.signal);
  const failed = { status: reply.status, headers: reply.headers, body: '' };
  to.onLimit(anthropic.readLimit(failed, Date.now())?.until ?? null);
  to.response.writeHead(reply.status, reply.headers);
  if (typeof reply.body === 'string') to.response.end(reply.body);
  else await pipeline(reply.body, to.response);
}
