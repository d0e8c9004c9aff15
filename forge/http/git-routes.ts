import type { FastifyInstance } from 'fastify';
import { HiveError } from '../../protocol/errors.ts';
import type { Serving } from '../backend/fetch.ts';
import { parseWants } from './fetch-wants.ts';
import {
  answerText,
  assertBody,
  type Call,
  cutWhenIdle,
  type GitDoor,
  readNames,
  RESULT,
  type RepoRoute,
  serveClient,
  toLoggedError,
} from './git-call.ts';
import { exchangeWithGit, NO_CACHE } from './git-exchange.ts';
import { refuseLfs } from './lfs.ts';
import { FLUSH, pktLine } from '../git/pkt-line.ts';
import { servePush } from './push-route.ts';
import { readBody } from './request-body.ts';

/** Smart HTTP only: `/<owner>/<repo>[.git]/{info/refs,git-upload-pack,git-receive-pack}`. */
export function serveGit(app: FastifyInstance, door: GitDoor): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body stays a stream; its type is checked where it is used.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.setErrorHandler(async (error, request, reply) => answerText(reply, toLoggedError(error, request)));
    scope.get<RepoRoute>('/:owner/:repo/info/refs', (request, reply) => advertise(door, { request, reply }));
    const unbounded = { bodyLimit: Number.MAX_SAFE_INTEGER };
    scope.post<RepoRoute>('/:owner/:repo/git-upload-pack', unbounded, (request, reply) =>
      serveFetch(door, { request, reply }),
    );
    refuseLfs(scope);
    scope.post<RepoRoute>('/:owner/:repo/git-receive-pack', unbounded, (request, reply) =>
      servePush(door, { request, reply }),
    );
  });
}

/** The refs that a client starts from; those of an empty repository before a first push creates one. */
async function advertise(door: GitDoor, { request, reply }: Call): Promise<unknown> {
  const { backend } = door;
  const { service } = request.query;
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack')
    throw new HiveError('forbidden', 'Only smart HTTP is spoken here: use git 1.6.6 or newer.');
  const contentType = `application/x-${service}-advertisement`;
  const prefix = pktLine(`# service=${service}\n`) + FLUSH;
  let serving: Serving;
  try {
    serving = await backend.openAdvertisement(door.callerOf(request), { service, ...readNames(request) });
  } catch (error) {
    if (!(error instanceof HiveError) || !SAID_BY_GIT.has(error.code)) throw error;
    // git prints this as one plain line; of a 403 it makes "unable to access", which reads like a network fault.
    return reply.headers({ 'content-type': contentType, ...NO_CACHE }).send(prefix + pktLine(`ERR ${error.message}\n`));
  }
  const answer = { raw: reply.raw, body: null, contentType, prefix, limits: backend.limits, settle: async () => {} };
  await serveClient(backend, { request, reply }, (client) =>
    serving.serve(client, (git) => exchangeWithGit(git, answer)),
  );
  return reply;
}

/** Refusals that are meant for the person at a git client. */
const SAID_BY_GIT: ReadonlySet<string> = new Set(['forbidden', 'forge_quota', 'duplicate_repo', 'unknown_agent']);

async function serveFetch(door: GitDoor, call: Call): Promise<unknown> {
  const { backend } = door;
  const { request, reply } = call;
  assertBody(request, 'git-upload-pack');
  const fetch = await backend.openFetch(door.callerOf(request), readNames(request));
  const { limits } = backend;
  await serveClient(backend, call, async (client) => {
    let asked = Buffer.alloc(0);
    await fetch.serve(client, {
      async readWants() {
        const body = readWhole(readBody(request.raw, limits.maxNegotiationBytes));
        asked = await cutWhenIdle(body, limits.idleMs, () => reply.raw.destroy());
        return parseWants(asked);
      },
      async transport(git) {
        const contentType = RESULT['git-upload-pack'];
        const exchange = { raw: reply.raw, body: toBody(asked), contentType, prefix: '', limits };
        await exchangeWithGit(git, { ...exchange, settle: async () => {} });
      },
    });
  });
  return reply;
}

async function readWhole(body: AsyncIterable<Buffer>): Promise<Buffer<ArrayBuffer>> {
  const chunks = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* toBody(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
