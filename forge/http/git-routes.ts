import type { FastifyInstance } from 'fastify';
import { HiveError } from '../../protocol/errors.ts';
import { type Action, nameOf } from '../authorize.ts';
import { type Service, serveArgv } from '../git/policy.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { openForPush, openRepository } from '../repositories/open-repository.ts';
import type { Repository } from '../store/repositories.ts';
import { assertReachable, parseWants } from './fetch-wants.ts';
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
  takeSlot,
  toLoggedError,
} from './git-call.ts';
import { exchangeWithGit, NO_CACHE } from './git-exchange.ts';
import { refuseLfs } from './lfs.ts';
import { FLUSH, pktLine } from './pkt-line.ts';
import { servePush } from './push-route.ts';
import { readBody } from './request-body.ts';

/** The right each service needs: the service decides it, the repository's name never does. */
const ACTION: Record<Service, Action> = { 'git-upload-pack': 'read', 'git-receive-pack': 'write' };

/** Smart HTTP, and nothing else of git's: `/<owner>/<repo>[.git]/{info/refs,git-upload-pack,git-receive-pack}`. */
export function serveGit(app: FastifyInstance, core: ForgeCore, door: GitDoor): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body stays a stream; its type is checked where it is used.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.setErrorHandler(async (error, request, reply) => answerText(reply, toLoggedError(error, request)));
    scope.get<RepoRoute>('/:owner/:repo/info/refs', (request, reply) => advertise(core, door, { request, reply }));
    const unbounded = { bodyLimit: Number.MAX_SAFE_INTEGER };
    scope.post<RepoRoute>('/:owner/:repo/git-upload-pack', unbounded, (request, reply) =>
      serveFetch(core, door, { request, reply }),
    );
    refuseLfs(scope);
    scope.post<RepoRoute>('/:owner/:repo/git-receive-pack', unbounded, (request, reply) =>
      servePush(core, door, { request, reply }),
    );
  });
}

/** The refs a client starts from; those of an empty repository before a first push makes one. */
async function advertise(core: ForgeCore, door: GitDoor, { request, reply }: Call): Promise<unknown> {
  const { service } = request.query;
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack')
    throw new HiveError('forbidden', 'Only smart HTTP is spoken here: use git 1.6.6 or newer.');
  const contentType = `application/x-${service}-advertisement`;
  const prefix = pktLine(`# service=${service}\n`) + FLUSH;
  const wanted = { caller: door.callerOf(), action: ACTION[service], ...readNames(request) };
  let repository: Repository | null;
  try {
    repository =
      wanted.action === 'write'
        ? await openForPush(core, { ...wanted, isOwnerKnown: door.isOwnerKnown })
        : await openRepository(core, wanted);
  } catch (error) {
    if (!(error instanceof HiveError) || !SAID_BY_GIT.has(error.code)) throw error;
    // git prints this as one plain line; of a 403 it makes "unable to access", which reads like a fault of the network.
    return reply.headers({ 'content-type': contentType, ...NO_CACHE }).send(prefix + pktLine(`ERR ${error.message}\n`));
  }
  await serveClient(core, { request, reply }, async ({ env, gone, hold }) => {
    hold(await takeSlot(core, nameOf(wanted.caller), { gone, tell: () => {} }));
    const path = repository === null ? core.places.empty : core.places.repositoryDir(repository);
    const policy = { limits: core.limits, hooksDir: core.places.hooks };
    const git = await core.git.start(serveArgv(service, { path, advertise: true }, policy), env);
    const { limits } = core;
    await exchangeWithGit(git, { raw: reply.raw, body: null, contentType, prefix, limits, settle: async () => {} });
  });
  return reply;
}

/** Refusals that are answers to a person at a git client. */
const SAID_BY_GIT: ReadonlySet<string> = new Set(['forbidden', 'forge_quota', 'duplicate_repo', 'unknown_agent']);

/** A fetch's own work. The rights are asked again: the advertisement's answer binds nobody. */
async function serveFetch(core: ForgeCore, door: GitDoor, call: Call): Promise<unknown> {
  const { request, reply } = call;
  assertBody(request, 'git-upload-pack');
  const caller = door.callerOf();
  const repository = await openRepository(core, { caller, action: 'read', ...readNames(request) });
  const { limits } = core;
  await serveClient(core, call, async ({ env, gone, hold }) => {
    hold(await takeSlot(core, nameOf(caller), { gone, tell: () => {} }));
    const path = core.places.repositoryDir(repository);
    const asked = await cutWhenIdle(readWhole(readBody(request.raw, limits.maxNegotiationBytes)), limits.idleMs, () =>
      reply.raw.destroy(),
    );
    await assertReachable(core.git, { path, wants: parseWants(asked) }, gone);
    const policy = { limits, hooksDir: core.places.hooks };
    const git = await core.git.start(serveArgv('git-upload-pack', { path, advertise: false }, policy), env);
    const body = toBody(asked);
    const contentType = RESULT['git-upload-pack'];
    await exchangeWithGit(git, { raw: reply.raw, body, contentType, prefix: '', limits, settle: async () => {} });
  });
  return reply;
}

async function readWhole(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* toBody(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
