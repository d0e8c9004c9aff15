import type { FastifyReply, FastifyRequest } from 'fastify';
import { HiveError } from '../../protocol/errors.ts';
import { type RepoName, type RepoOwner, repoName, repoOwner } from '../../protocol/names.ts';
import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { Backend } from '../backend/backend.ts';
import type { GitClient } from '../backend/fetch.ts';
import type { Service } from '../git/policy.ts';
import { toHiveError } from '../storage-errors.ts';
import { NO_CACHE } from './git-exchange.ts';
import { assertEncoding } from './request-body.ts';

/** One socket: the caller of a request, evaluated again after each wait, and the backend. */
export interface GitDoor {
  /** Throws `unauthenticated`, where tokens identify callers. */
  readonly callerOf: (request: FastifyRequest) => RepoCaller;
  readonly backend: Backend;
}

export type RepoRoute = { Params: { owner: string; repo: string }; Querystring: { service?: string } };

export interface Call {
  readonly request: FastifyRequest<RepoRoute>;
  readonly reply: FastifyReply;
}

export const RESULT: Record<Service, string> = {
  'git-upload-pack': 'application/x-git-upload-pack-result',
  'git-receive-pack': 'application/x-git-receive-pack-result',
};

export function assertBody(request: FastifyRequest, service: Service): void {
  if (request.headers['content-type'] !== `application/x-${service}-request`)
    throw new HiveError('invalid_input', `The content type must be application/x-${service}-request.`);
  assertEncoding(request.raw);
}

export async function cutWhenIdle<T>(work: Promise<T>, idleMs: number, cut: () => void): Promise<T> {
  const timer = setTimeout(cut, idleMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

/** Takes over the response from Fastify, does the work, and writes errors as text, as git shows it. */
export async function serveClient(
  backend: Backend,
  { request, reply }: Call,
  work: (client: GitClient) => Promise<void>,
): Promise<void> {
  const env = readProtocol(request);
  const gone = new AbortController();
  reply.hijack();
  reply.raw.once('close', () => {
    // A completely sent answer closes as well.
    if (!reply.raw.writableFinished) gone.abort(new Error('the client went away'));
  });
  if (reply.raw.destroyed) return;
  try {
    await backend.track(work({ env, gone: gone.signal }));
  } catch (error) {
    if (reply.raw.destroyed) return;
    const hive = toLoggedError(error, request);
    if (reply.raw.headersSent) reply.raw.destroy();
    else
      reply.raw
        .writeHead(hive.status, { 'content-type': TEXT, connection: 'close', ...NO_CACHE })
        .end(`${hive.message}\n`);
  }
}

const TEXT = 'text/plain; charset=utf-8';

export function answerText(reply: FastifyReply, error: HiveError): FastifyReply {
  // git asks for a password then, and sends the request again.
  if (error.code === 'unauthenticated') void reply.header('www-authenticate', 'Basic realm="forge"');
  return reply
    .status(error.status)
    .headers({ 'content-type': TEXT, ...NO_CACHE })
    .send(`${error.message}\n`);
}

export function toLoggedError(error: unknown, request: FastifyRequest): HiveError {
  const hive = toHiveError(error);
  if (hive.status >= 500) request.log.error({ err: hive.cause ?? hive }, hive.code);
  return hive;
}

export function readNames(request: FastifyRequest<RepoRoute>): { owner: RepoOwner; name: RepoName } {
  const owner = repoOwner.safeParse(request.params.owner);
  const name = repoName.safeParse(request.params.repo.replace(/\.git$/, ''));
  if (!owner.success)
    throw new HiveError('invalid_input', 'There is no owner of that name: it is an agent, a project or "shared".');
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
