import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CheckCaller } from '../../protocol/access/repo-access.ts';
import { CACHE_HEADER, HAND_OVER_PATHS, MOST_CACHE_BYTES } from '../../protocol/check-places.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { Backend } from '../backend/backend.ts';

/** What the box of one run hands over: files and reports of tests, one at a time. Anything in the box may ask. */
export function serveHandOver(
  app: FastifyInstance,
  { backend, caller }: { backend: Backend; caller: CheckCaller },
): void {
  const { limits } = backend;
  /** So that what is kept in memory, and what is written at once, stays that of one file. */
  let isBusy = false;
  const alone = async (request: FastifyRequest, work: () => Promise<void>) => {
    if (isBusy) {
      await discard(request);
      throw new HiveError('service_unavailable', 'Hand over one file at a time.');
    }
    isBusy = true;
    try {
      await work();
      return {};
    } catch (error) {
      // A box that leaves is no fault of the forge's: nothing for its log.
      if (request.raw.destroyed && !(error instanceof HiveError && error.code !== 'internal'))
        throw new HiveError('interrupted', undefined, { cause: error });
      await discard(request);
      throw error;
    } finally {
      isBusy = false;
    }
  };
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Read where it is used, by size.
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    scope.put(HAND_OVER_PATHS.artifact, { bodyLimit: limits.maxArtifactBytes }, (request) =>
      alone(request, async () => {
        const given = { name: readName(request), bytes: readLength(request, limits.maxArtifactBytes) };
        await backend.checks.takeArtifact(caller, { ...given, content: bodyOf(request) });
      }),
    );
    scope.put(`${HAND_OVER_PATHS.cache}/:at`, { bodyLimit: limits.maxCacheBytes }, (request) =>
      alone(request, () => backend.checks.takeCache(caller, { at: readPlace(request), content: bodyOf(request) })),
    );
    // Whether there is one already, before a box packs it.
    scope.head(`${HAND_OVER_PATHS.cache}/:at`, async (request, reply) => {
      const isThere = await backend.checks.hasCache(caller, readPlace(request));
      return reply.status(isThere ? 200 : 404).send();
    });
    let isGiving = false;
    scope.get(`${HAND_OVER_PATHS.cache}/:at`, { exposeHeadRoute: false }, async (request, reply) => {
      if (isGiving) throw new HiveError('service_unavailable', 'Get one cache at a time.');
      isGiving = true;
      reply.raw.once('close', () => (isGiving = false));
      const { file, bytes, isExact } = await backend.checks.giveCache(caller, readPlace(request));
      const headers = { 'content-length': String(bytes), [CACHE_HEADER]: isExact ? 'exact' : 'similar' };
      return reply.headers(headers).type('application/octet-stream').send(file.createReadStream());
    });
    scope.put(HAND_OVER_PATHS.report, { bodyLimit: limits.maxReportBytes }, (request) =>
      alone(request, async () => {
        const bytes = readLength(request, limits.maxReportBytes);
        const parts: Uint8Array[] = [];
        let length = 0;
        for await (const part of bodyOf(request)) {
          length += part.byteLength;
          if (length > bytes) break;
          parts.push(part);
        }
        if (length !== bytes) throw new HiveError('invalid_input', 'Announce the number of bytes that you send.');
        await backend.checks.takeReport(caller, Buffer.concat(parts));
      }),
    );
  });
}

function readName({ query }: FastifyRequest): string {
  const { name } = query as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string') throw new HiveError('invalid_input', 'Name the file once: ?name=PATH');
  return name;
}

/** Reads the rest of what is refused: a client that still sends when its connection ends never reads the reason. */
async function discard(request: FastifyRequest): Promise<void> {
  let left = MOST_DISCARDED_BYTES;
  try {
    for await (const part of bodyOf(request)) if ((left -= part.byteLength) < 0) return;
  } catch {
    // Nobody sends any more, or it was read.
  }
}

const MOST_DISCARDED_BYTES = MOST_CACHE_BYTES;

/** The place of a cache in the list of the run. */
function readPlace({ params }: FastifyRequest): number {
  const { at = '' } = params as Readonly<Record<string, string>>;
  if (!/^\d{1,3}$/.test(at)) throw new HiveError('not_found', 'A cache is named by its place in the list of the run.');
  return Number(at);
}

/** The announced length of the body. */
function readLength({ headers }: FastifyRequest, most: number): number {
  const text = headers['content-length'] ?? '';
  if (!/^\d{1,12}$/.test(text)) throw new HiveError('invalid_input', 'Announce the number of bytes: content-length.');
  const length = Number(text);
  if (length > most) throw new HiveError('payload_too_large', `At most ${most} bytes are taken.`);
  return length;
}

/** An empty body has no type, and is none. */
function bodyOf({ body, raw }: FastifyRequest): AsyncIterable<Uint8Array> {
  return (body ?? raw) as AsyncIterable<Uint8Array>;
}
