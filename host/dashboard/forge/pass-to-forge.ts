import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HiveError } from '../../../protocol/errors.ts';
import { FORGE_BASE_HEADER, FORGE_PREFIX } from '../../../protocol/forge-door.ts';
import { WITH_TOKEN } from '../guard/guard-requests.ts';

/** Where requests with tokens of the forge go. */
export interface ForgeDoor {
  /** The forge's socket on which only tokens identify callers. */
  readonly socketPath: string;
  readonly connections: number;
}

/** What the forge gets of a request: no cookie, and nothing by which a client could claim to be somebody. */
const ASKED = [
  'authorization',
  'accept',
  'content-type',
  'content-encoding',
  'content-length',
  'git-protocol',
  'user-agent',
];
/** What the client gets of the answer: no cookie either. */
const ANSWERED = [
  'content-type',
  'content-length',
  'content-disposition',
  'content-security-policy',
  'x-content-type-options',
  'cache-control',
  'expires',
  'pragma',
  'link',
  'x-total-count',
  'www-authenticate',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Passes every request below FORGE_PREFIX to the forge as it is, with its body as a stream: git, and Gitea's API. The
 * forge checks the token; this process never looks at it. Returns what closes the connections.
 */
export function passToForge(app: FastifyInstance, { socketPath, connections }: ForgeDoor): () => void {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body stays a stream.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.route({
      method: METHODS,
      url: `${FORGE_PREFIX}/*`,
      bodyLimit: Number.MAX_SAFE_INTEGER,
      config: WITH_TOKEN,
      handler: (request, reply) => pass({ request, reply }, { socketPath, agent }),
    });
  });
  return () => agent.destroy();
}

async function pass(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  via: { socketPath: string; agent: Agent },
): Promise<FastifyReply> {
  const target = request.raw.url ?? '';
  // A path that only means the prefix is not passed on: both sides must read the same one.
  if (!target.startsWith(`${FORGE_PREFIX}/`)) throw new HiveError('not_found');
  const headers = { ...pick(request.headers, ASKED), host: 'forge', [FORGE_BASE_HEADER]: baseOf(request) };
  const upstream = send({ ...via, method: request.method, path: target.slice(FORGE_PREFIX.length), headers });
  reply.raw.once('close', () => upstream.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve);
    // Also after the answer has begun: a client that sends on after a refusal breaks the pipe.
    upstream.on('error', reject);
  });
  request.raw.pipe(upstream);
  const answer = await answered.catch((cause: unknown) => {
    throw new HiveError('service_unavailable', 'The forge is not running right now. It is tried again by itself.', {
      cause,
    });
  });
  reply.hijack();
  reply.raw.writeHead(answer.statusCode ?? 502, pick(answer.headers, ANSWERED));
  answer.on('error', () => reply.raw.destroy());
  answer.pipe(reply.raw);
  return reply;
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/**
 * How the client addressed us, for links in answers that go to that client alone. The guard knows the Host; behind a
 * proxy that speaks HTTPS, the proxy says so.
 */
function baseOf({ headers }: FastifyRequest): string {
  const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  return `${scheme}://${headers.host}${FORGE_PREFIX}`;
}
