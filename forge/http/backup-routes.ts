import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { HiveError } from '../../protocol/errors.ts';
import { BACKUP_PATHS, restoredRepo, stagedRestore } from '../../protocol/forge-backup.ts';
import { repoName, repoOwner } from '../../protocol/names.ts';
import { type GitDoor, serveClient } from './git-call.ts';
import { exchangeWithGit, NO_CACHE } from './git-exchange.ts';

const repo = z.strictObject({ owner: repoOwner, name: repoName });
const restoreQuery = z.strictObject({
  replace: z.string().max(200).optional(),
  defaultBranch: z.string().min(1).max(255).optional(),
  description: z.string().max(500).default(''),
});
const stageQuery = z.strictObject({ defaultBranch: z.string().min(1).max(255) });
const BYTES = 'application/octet-stream';

/** Backups out and in, as streams, on the operator's socket. */
export function serveBackups(app: FastifyInstance, door: GitDoor): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body stays a stream.
    scope.addContentTypeParser(BYTES, (_request, _payload, done) => done(null));
    scope.get(BACKUP_PATHS.database, (request, reply) => sendDatabase(door, { request, reply }));
    scope.get(BACKUP_PATHS.bundle(':owner', ':name'), (request, reply) => sendBundle(door, { request, reply }));
    scope.post(BACKUP_PATHS.stageDatabase, UNBOUNDED, async (request) => {
      await door.backend.backup.stage.database(door.callerOf(request), receive(request));
      return {};
    });
    scope.post(BACKUP_PATHS.stageBundle(':owner', ':name'), UNBOUNDED, (request, reply) =>
      stageBundle(door, { request, reply }),
    );
    scope.post(BACKUP_PATHS.stageEnd, UNBOUNDED, async (request, reply) => {
      const before = await door.backend.backup.stage.end(door.callerOf(request));
      // Its answer goes out first.
      reply.raw.once('close', door.backend.restart);
      return stagedRestore.parse({ before });
    });
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
  const { replace, defaultBranch = null, description } = parse(restoreQuery, request.query);
  const wish = { ...parse(repo, request.params), replace, defaultBranch, description, signal: goneOf(reply) };
  return restoredRepo.parse(await backend.backup.restore(callerOf(request), wish, receive(request)));
}

async function stageBundle({ backend, callerOf }: GitDoor, { request, reply }: Exchange): Promise<unknown> {
  const { defaultBranch } = parse(stageQuery, request.query);
  const staged = { ...parse(repo, request.params), defaultBranch, signal: goneOf(reply) };
  await backend.backup.stage.repository(callerOf(request), staged, receive(request));
  return {};
}

function goneOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(new Error('the client went away'));
  });
  return gone.signal;
}

function receive({ headers, raw }: FastifyRequest): { bytes: number; body: AsyncIterable<Buffer> } {
  const bytes = Number(headers['content-length'] ?? NaN);
  if (!Number.isSafeInteger(bytes)) throw new HiveError('invalid_input', 'The length of the body has to be given.');
  return { bytes, body: raw.iterator({ destroyOnReturn: false }) };
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `${parsed.error.issues[0]?.message ?? 'That is not understood'}.`);
}
