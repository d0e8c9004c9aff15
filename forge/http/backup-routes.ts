import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { HiveError } from '../../protocol/errors.ts';
import { BACKUP_PATHS, restoredRepo } from '../../protocol/forge-backup.ts';
import { repoName, repoOwner } from '../../protocol/names.ts';
import { type GitDoor, serveClient } from './git-call.ts';
import { exchangeWithGit, NO_CACHE } from './git-exchange.ts';

const repo = z.strictObject({ owner: repoOwner, name: repoName });
const restoreQuery = z.strictObject({
  replace: z.string().max(200).optional(),
  defaultBranch: z.string().min(1).max(255).optional(),
  description: z.string().max(500).default(''),
});
const BYTES = 'application/octet-stream';

/** Backups out and in, as streams, on the operator's socket. */
export function serveBackups(app: FastifyInstance, door: GitDoor): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body stays a stream.
    scope.addContentTypeParser(BYTES, (_request, _payload, done) => done(null));
    scope.get(BACKUP_PATHS.database, (request, reply) => sendDatabase(door, { request, reply }));
    scope.get(BACKUP_PATHS.bundle(':owner', ':name'), (request, reply) => sendBundle(door, { request, reply }));
    scope.post(BACKUP_PATHS.restore(':owner', ':name'), UNBOUNDED, (request, reply) =>
      restore(door, { request, reply }),
    );
  });
}

const UNBOUNDED = { bodyLimit: Number.MAX_SAFE_INTEGER };

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function sendDatabase({ backend, callerOf }: GitDoor, { request, reply }: Exchange): Promise<unknown> {
  await backend.backup.database(callerOf(request), async (path) => {
    const { size } = await stat(path);
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': BYTES, 'content-length': size, ...NO_CACHE });
    // A client that leaves breaks the pipe; nobody is there to hear of it.
    await pipeline(createReadStream(path), reply.raw).catch(() => reply.raw.destroy());
  });
  return reply;
}

async function sendBundle(door: GitDoor, { request, reply }: Exchange): Promise<unknown> {
  const { backend } = door;
  const serving = await backend.backup.openBundle(door.callerOf(request), parse(repo, request.params));
  if (serving === null) return reply.code(204).send();
  await serveClient(backend, { request: request as never, reply }, (client) =>
    serving.serve(client, (git) =>
      exchangeWithGit(git, {
        raw: reply.raw,
        body: null,
        contentType: BYTES,
        prefix: '',
        limits: backend.limits,
        async settle() {
          const { code, stderr } = await git.ended;
          // A bundle that breaks off must not look complete.
          if (code !== 0)
            throw new HiveError('internal', undefined, { cause: new Error(`git ended with ${code}: ${stderr}`) });
        },
      }),
    ),
  );
  return reply;
}

async function restore({ backend, callerOf }: GitDoor, { request, reply }: Exchange): Promise<unknown> {
  const bytes = Number(request.headers['content-length'] ?? NaN);
  if (!Number.isSafeInteger(bytes)) throw new HiveError('invalid_input', 'The length of the bundle has to be given.');
  const { replace, defaultBranch = null, description } = parse(restoreQuery, request.query);
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the client went away'));
  });
  const wish = { ...parse(repo, request.params), replace, defaultBranch, description, signal: gone.signal };
  const body = request.raw.iterator({ destroyOnReturn: false });
  return restoredRepo.parse(await backend.backup.restore(callerOf(request), wish, { bytes, body }));
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `${parsed.error.issues[0]?.message ?? 'That is not understood'}.`);
}
