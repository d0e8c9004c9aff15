import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HiveError } from '../../protocol/errors.ts';
import { type RepoName, type RepoOwner, repoName, repoOwner } from '../../protocol/names.ts';
import { type Action, type Caller, nameOf } from '../authorize.ts';
import { type Service, serveArgv } from '../git/policy.ts';
import { openOrCreate, openRepository, type OwnerTest } from '../repositories/open-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { runPush, waitForEarlierPushes } from '../repositories/run-push.ts';
import { toHiveError } from '../storage-errors.ts';
import type { Repository } from '../store/repositories.ts';
import { exchangeWithGit, NO_CACHE } from './git-exchange.ts';
import { assertReachable, parseWants } from './fetch-wants.ts';
import { FLUSH, pktLine } from './pkt-line.ts';
import { type PushHead, readPushHead } from './push-head.ts';
import { assertEncoding, readBody } from './request-body.ts';

/** Who a socket's requests come from, and which owners may have new repositories. */
export interface GitDoor {
  readonly callerOf: () => Caller;
  readonly isOwnerKnown: OwnerTest;
}

/** The right each service needs: the service decides it, the repository's name never does. */
const ACTION: Record<Service, Action> = { 'git-upload-pack': 'read', 'git-receive-pack': 'write' };

type RepoRoute = { Params: { owner: string; repo: string }; Querystring: { service?: string } };

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
    scope.post<RepoRoute>('/:owner/:repo/git-receive-pack', unbounded, (request, reply) =>
      servePush(core, door, { request, reply }),
    );
  });
}

interface Call {
  readonly request: FastifyRequest<RepoRoute>;
  readonly reply: FastifyReply;
}

/** The refs a client starts from. Asking for a push's refs makes a repository that is not there yet. */
async function advertise(core: ForgeCore, door: GitDoor, { request, reply }: Call): Promise<unknown> {
  const { service } = request.query;
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack')
    throw new HiveError('forbidden', 'Only smart HTTP is spoken here: use git 1.6.6 or newer.');
  const contentType = `application/x-${service}-advertisement`;
  const prefix = pktLine(`# service=${service}\n`) + FLUSH;
  const wanted = { caller: door.callerOf(), action: ACTION[service], ...readNames(request) };
  let repository: Repository;
  try {
    repository =
      wanted.action === 'write'
        ? await openOrCreate(core, { ...wanted, isOwnerKnown: door.isOwnerKnown })
        : await openRepository(core, wanted);
  } catch (error) {
    if (!(error instanceof HiveError) || !SAID_BY_GIT.has(error.code)) throw error;
    // git prints this as one plain line; of a 403 it makes "unable to access", which reads like a fault of the network.
    return reply.headers({ 'content-type': contentType, ...NO_CACHE }).send(prefix + pktLine(`ERR ${error.message}\n`));
  }
  await serveClient(core, { request, reply }, async ({ env, gone, hold }) => {
    hold(await core.slots.take(nameOf(wanted.caller), gone));
    const path = core.places.repositoryDir(repository);
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
    hold(await core.slots.take(nameOf(caller), gone));
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

/**
 * A push's own work: its commands are read first (holding nothing), then it waits for the repository's
 * push lock, then for a turn. The rights are asked again at the end of the waiting.
 */
async function servePush(core: ForgeCore, door: GitDoor, call: Call): Promise<unknown> {
  const { request, reply } = call;
  assertBody(request, 'git-receive-pack');
  const names = readNames(request);
  const mayPush = () => openRepository(core, { caller: door.callerOf(), action: 'write', ...names });
  const { id } = await mayPush();
  const { limits } = core;
  await serveClient(core, call, async ({ env, gone, hold }) => {
    // git refuses a large pack in words when it has read `maxPackBytes`; here is where even reading on ends.
    const { head, whole } = await cutWhenIdle(
      readPushHead(readBody(request.raw, 2 * limits.maxPackBytes)),
      limits.idleMs,
      () => reply.raw.destroy(),
    );
    hold(await core.pushLocks.take(String(id), gone));
    await waitForEarlierPushes(core, id, gone);
    const caller = door.callerOf();
    hold(await core.slots.take(nameOf(caller), gone));
    const repository = await mayPush();
    if (repository.id !== id) throw new HiveError('unknown_repo');
    const prefix = await hintAtShallow(core, repository, head);
    const exchange = { raw: reply.raw, body: whole, contentType: RESULT['git-receive-pack'], prefix, limits };
    await runPush(core, { repository, by: nameOf(caller), commands: head.commands, env, gone }, (git, settle) =>
      exchangeWithGit(git, { ...exchange, settle }),
    );
  });
  return reply;
}

/**
 * A `remote:` line for a push from a shallow clone whose boundary this repository lacks: git is going to refuse it with
 * "shallow update not allowed", which names no cure. Empty for every other push, and for clients without a side band.
 */
async function hintAtShallow(core: ForgeCore, repository: Repository, head: PushHead): Promise<string> {
  if (!head.capabilities.has('side-band-64k')) return '';
  const path = core.places.repositoryDir(repository);
  for (const oid of head.shallow.slice(0, MOST_BOUNDARIES)) {
    const isThere = await core.git.run([`--git-dir=${path}`, 'cat-file', '-e', oid]).then(
      () => true,
      () => false,
    );
    if (!isThere) return pktLine(`\u0002${SHALLOW}\n`);
  }
  return '';
}

const MOST_BOUNDARIES = 8;
const SHALLOW =
  'This clone has only part of its history (made with --depth). If it is refused, run: git fetch --unshallow, then push again.';

const RESULT: Record<Service, string> = {
  'git-upload-pack': 'application/x-git-upload-pack-result',
  'git-receive-pack': 'application/x-git-receive-pack-result',
};

function assertBody(request: FastifyRequest, service: Service): void {
  if (request.headers['content-type'] !== `application/x-${service}-request`)
    throw new HiveError('invalid_input', `The content type must be application/x-${service}-request.`);
  assertEncoding(request.raw);
}

async function readWhole(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* toBody(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function cutWhenIdle<T>(work: Promise<T>, idleMs: number, cut: () => void): Promise<T> {
  const timer = setTimeout(cut, idleMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

interface ClientScope {
  /** Added to git's environment. */
  readonly env: Record<string, string>;
  /** Fires when the client went away. */
  readonly gone: AbortSignal;
  /** Has a lock or slot given back at the end of the work, the last one first. */
  readonly hold: (release: () => void) => void;
}

/** Takes the answer out of fastify's hands, does the work, and gives errors as text, as git shows it. */
async function serveClient(
  core: ForgeCore,
  { request, reply }: Call,
  work: (scope: ClientScope) => Promise<void>,
): Promise<void> {
  const env = readProtocol(request);
  const gone = new AbortController();
  reply.hijack();
  reply.raw.once('close', () => gone.abort(new Error('the client went away')));
  if (reply.raw.destroyed) return;
  const releases: (() => void)[] = [];
  try {
    await core.track(work({ env, gone: gone.signal, hold: (release) => void releases.push(release) }));
  } catch (error) {
    if (reply.raw.destroyed) return;
    const hive = toLoggedError(error, request);
    if (reply.raw.headersSent) reply.raw.destroy();
    else
      reply.raw
        .writeHead(hive.status, { 'content-type': TEXT, connection: 'close', ...NO_CACHE })
        .end(`${hive.message}\n`);
  } finally {
    for (const release of releases.reverse()) release();
  }
}

const TEXT = 'text/plain; charset=utf-8';

function answerText(reply: FastifyReply, error: HiveError): FastifyReply {
  return reply
    .status(error.status)
    .headers({ 'content-type': TEXT, ...NO_CACHE })
    .send(`${error.message}\n`);
}

function toLoggedError(error: unknown, request: FastifyRequest): HiveError {
  const hive = toHiveError(error);
  if (hive.status >= 500) request.log.error({ err: hive.cause ?? hive }, hive.code);
  return hive;
}

function readNames(request: FastifyRequest<RepoRoute>): { owner: RepoOwner; name: RepoName } {
  const owner = repoOwner.safeParse(request.params.owner);
  const name = repoName.safeParse(request.params.repo.replace(/\.git$/, ''));
  if (!owner.success)
    throw new HiveError('invalid_input', 'There is no owner of that name: it is an agent or "shared".');
  if (!name.success) throw new HiveError('invalid_input', `${name.error.issues[0]?.message ?? 'Bad name'}.`);
  return { owner: owner.data, name: name.data };
}

const PROTOCOL = /^[0-9a-zA-Z]+=[0-9a-zA-Z]+(?::[0-9a-zA-Z]+=[0-9a-zA-Z]+)*$/;

function readProtocol(request: FastifyRequest): Record<string, string> {
  const given = request.headers['git-protocol'];
  if (given === undefined) return {};
  if (typeof given !== 'string' || given.length > 200 || !PROTOCOL.test(given))
    throw new HiveError('invalid_input', 'The Git-Protocol header is not one of git.');
  return { GIT_PROTOCOL: given };
}
