import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { includesScope } from '../../protocol/access/token-scopes.ts';
import type { Backend } from '../backend/backend.ts';
import { toHiveError } from '../storage-errors.ts';
import { type RepoRoute, serveClient } from '../http/git-call.ts';
import { exchangeWithGit } from '../http/git-exchange.ts';
import type { Answer } from './answer.ts';
import { type BaseUrl, type GiteaRoute, readPage } from './route.ts';
import { ABSENT, ROUTES } from './table.ts';

export const API_PREFIX = '/api/v1';

/** Where the API is served: who asks is known from the socket, or from the request's token. */
export interface GiteaDoor {
  readonly backend: Backend;
  /** Throws `unauthenticated`. */
  readonly callerOf: (request: FastifyRequest) => RepoCaller;
  readonly baseOf: (request: FastifyRequest) => BaseUrl;
  /** Charges a call; throws `rate_exceeded`. */
  readonly admit: (cost: number, request: FastifyRequest, signal: AbortSignal) => Promise<void> | undefined;
}

/** Serves the table of routes below `/api/v1`, with Gitea's shape of errors. */
export function serveGitea(app: FastifyInstance, door: GiteaDoor): void {
  void app.register(
    async (scope) => {
      takeUnnamedJson(scope);
      scope.setErrorHandler(async (error, request, reply) => answerError(door, { error, request, reply }));
      for (const route of ROUTES) addRoute(scope, door, route);
      scope.all('/*', (request) => {
        // Without a token, known and unknown paths look the same.
        door.callerOf(request);
        throw refuseUnknown(request.method, pathOf(request));
      });
    },
    { prefix: API_PREFIX },
  );
}

/**
 * Some clients send JSON without its content type. With a header that a page of another site cannot send unasked, that is
 * no risk: without one, only JSON is taken.
 */
function takeUnnamedJson(scope: FastifyInstance): void {
  scope.addContentTypeParser('text/plain', { parseAs: 'string' }, (request, body, done) => {
    if (request.headers.authorization === undefined)
      return done(new HiveError('invalid_input', 'Send JSON with the header "content-type: application/json".'));
    try {
      return done(null, body === '' ? {} : (JSON.parse(String(body)) as unknown));
    } catch (cause) {
      return done(new HiveError('invalid_json', undefined, { cause }));
    }
  });
}

/**
 * Every request passes here, in this order: who asks, the token's scope, the right to the repository (an invisible one
 * does not exist), the caller's allowance, the input, the handler.
 */
function addRoute(scope: FastifyInstance, door: GiteaDoor, route: GiteaRoute): void {
  const { backend } = door;
  scope.route({
    method: route.method,
    url: route.path,
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
    // Before the body is read.
    async onRequest(request) {
      if (route.right !== 'anybody') assertScope(route, door.callerOf(request));
    },
    async handler(request, reply) {
      const signal = signalOf(reply);
      const caller = route.right === 'anybody' ? NOBODY : door.callerOf(request);
      if (route.right !== 'anybody') await door.admit(ASKING_COST, request, signal);
      const params = request.params as Record<string, string>;
      const repo = route.repoOf(params);
      if (repo !== null && route.right !== 'caller' && route.right !== 'anybody')
        await backend.browse.assertMay(caller, route.right, repo);
      if (route.right !== 'anybody') await door.admit(route.cost, request, signal);
      const { query, body, url } = request;
      const answer = await route.run({ backend, caller, base: door.baseOf(request), url, params, query, body, signal });
      if (answer.kind === 'stream') return sendStream(backend, answer, { request, reply });
      return send(answer, { request, reply, base: door.baseOf(request) });
    },
  });
}

/** Units for finding out that a request is refused; the cost of its work comes on top. */
const ASKING_COST = 1;

/** For routes that need no caller: it sees nothing and may nothing. */
const NOBODY: RepoCaller = { kind: 'operator', token: { scopes: new Set(), repositories: new Set() } };

function assertScope({ scope }: GiteaRoute, { token }: RepoCaller): void {
  if (scope === null || token === undefined || includesScope(token.scopes, scope)) return;
  throw new HiveError('forbidden', `This token lacks the scope ${scope}. Make another one with it.`);
}

function signalOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (raw.destroyed) gone.abort();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Answers what git writes; ended when the client does not read, as a fetch is. */
async function sendStream(
  backend: Backend,
  { serving, type, name }: Extract<Answer, { kind: 'stream' }>,
  { request, reply }: Exchange,
): Promise<FastifyReply> {
  const { raw } = reply;
  raw.setHeader('content-disposition', attachment(name));
  const answer = { raw, body: null, contentType: type, prefix: '', limits: backend.limits, settle: async () => {} };
  await serveClient(backend, { request: request as FastifyRequest<RepoRoute>, reply }, (client) =>
    serving.serve(client, (git) => exchangeWithGit(git, answer)),
  );
  return reply;
}

const attachment = (name: string) => `attachment; filename*=UTF-8''${encodeURIComponent(name)}`;

function send(
  answer: Exclude<Answer, { kind: 'stream' }>,
  { request, reply, base }: Exchange & { base: BaseUrl },
): unknown {
  void reply.header('cache-control', 'no-store');
  if (answer.kind === 'json') return reply.status(answer.status).send(answer.value);
  if (answer.kind === 'empty') return reply.status(answer.status).send();
  if (answer.kind === 'bytes') {
    // A page on the dashboard's origin must not come out of a repository.
    const type = answer.name === null ? 'text/plain; charset=utf-8' : 'application/octet-stream';
    return reply
      .headers({
        'content-type': type,
        'content-disposition': answer.name === null ? 'inline' : attachment(answer.name),
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
      })
      .send(answer.bytes);
  }
  void reply.headers({ 'x-total-count': String(answer.total), 'access-control-expose-headers': 'X-Total-Count' });
  const links = linksOf(answer.total, { request, base });
  if (links !== '') void reply.header('link', links);
  return reply.send(answer.wrap === undefined ? answer.items : answer.wrap(answer.items));
}

/** The neighbouring pages, as clients look for them in the header `Link`. */
function linksOf(total: number, { request, base }: { request: FastifyRequest; base: BaseUrl }): string {
  const url = new URL(request.url, 'http://forge');
  const { number: page, limit } = readPage(request.query);
  const last = Math.max(1, Math.ceil(total / limit));
  const to = (number: number, rel: string) => {
    url.searchParams.set('page', String(number));
    return `<${base}${url.pathname}${url.search}>; rel="${rel}"`;
  };
  return [
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
    ...(page > 1 ? [to(1, 'first'), to(page - 1, 'prev')] : []),
  ].join(',');
}

const pathOf = (request: FastifyRequest) => request.url.split('?', 1)[0] ?? '';

/** For a part of Gitea that the forge does not have, a sentence; for any other path that it is not there. */
function refuseUnknown(method: string, path: string): HiveError {
  const absent = ABSENT.find(({ pattern }) => pattern.test(path.slice(API_PREFIX.length)));
  if (absent !== undefined) return new HiveError('not_implemented', absent.sentence);
  return new HiveError('not_found', `There is no ${method} ${path} here. docs/forge-api.md lists what there is.`);
}

/** Statuses that Gitea's clients know, where they differ from the hive's. */
const STATUSES: Readonly<Record<string, number>> = { invalid_input: 422, not_mergeable: 405 };

function answerError(door: GiteaDoor, { error, request, reply }: Exchange & { error: unknown }): FastifyReply {
  const hive = fromFastify(error);
  if (hive.status >= 500 && hive.status !== 501) request.log.error({ err: hive.cause ?? hive }, hive.code);
  if (hive.code === 'unauthenticated') void reply.header('www-authenticate', 'Bearer realm="forge"');
  return reply
    .status(STATUSES[hive.code] ?? hive.status)
    .header('cache-control', 'no-store')
    .send({ message: hive.message, url: `${door.baseOf(request)}${pathOf(request)}` });
}

/** Fastify's own refusals: a body that is too large or no JSON. */
function fromFastify(error: unknown): HiveError {
  if (error instanceof HiveError) return error;
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 413) return new HiveError('payload_too_large', undefined, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new HiveError('invalid_input', 'Send a JSON body with the header "content-type: application/json".', {
      cause: error,
    });
  return toHiveError(error);
}
