import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CheckCaller } from '../../protocol/access/repo-access.ts';
import { HAND_OVER_PATHS } from '../../protocol/check-places.ts';
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
  const alone = async (work: () => Promise<void>) => {
    if (isBusy) throw new HiveError('service_unavailable', 'Hand over one file at a time.');
    isBusy = true;
    try {
      await work();
    } finally {
      isBusy = false;
    }
    return {};
  };
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Read where it is used, by size.
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    scope.put(HAND_OVER_PATHS.artifact, { bodyLimit: limits.maxArtifactBytes }, (request) =>
      alone(async () => {
        const given = { name: readName(request), bytes: readLength(request, limits.maxArtifactBytes) };
        await backend.checks.takeArtifact(caller, { ...given, content: bodyOf(request) });
      }),
    );
    scope.put(HAND_OVER_PATHS.report, { bodyLimit: limits.maxReportBytes }, (request) =>
      alone(async () => {
        const bytes = readLength(request, limits.maxReportBytes);
        const parts: Uint8Array[] = [];
        let length = 0;
        for await (const part of bodyOf(request)) {
          length += part.byteLength;
          if (length > bytes) break;
          parts.push(part);
        }
        if (length !== bytes) throw new HiveError('invalid_input', 'Announce the number of bytes that you send.');
        await backend.checks.takeReport(caller, Buffer.concat(parts).toString('utf8'));
      }),
    );
  });
}

function readName({ query }: FastifyRequest): string {
  const { name } = query as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string') throw new HiveError('invalid_input', 'Name the file once: ?name=PATH');
  return name;
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
