import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, HiveError } from '../protocol/errors.ts';
import type { Op, Surface } from '../protocol/op.ts';
import { createFileTurns, FILE_BODY_BYTES } from './file-turns.ts';
import type { FairShare } from './fair-share.ts';
import { bindSurface, type CallContext, type CallHooks, type Handlers, toHiveError } from './operations.ts';

export type { CallContext, Handlers } from './operations.ts';

/**
 * Serves a surface: one route per declared operation, with its input parsed. Throws at start when an operation has no
 * handler or a handler no declaration.
 */
export function serveSurface<S extends Surface, Caller>(
  app: FastifyInstance,
  surface: S,
  options: {
    handlers: Handlers<S, Caller>;
    callerOf: (request: FastifyRequest) => Caller;
    hooks?: CallHooks<Caller>;
    /** Shares the thread between callers. */
    share?: FairShare<Caller>;
  },
): void {
  const { handlers, callerOf, share } = options;
  const fileTurn = createFileTurns();
  for (const { op, run } of bindSurface(surface, handlers, options.hooks).values()) {
    const readInput = inputReader(op);
    app.route({
      method: op.method,
      url: op.path,
      ...(op.carriesFile === true && {
        bodyLimit: FILE_BODY_BYTES,
        onRequest: (request, reply) => fileTurn(callerOf(request), reply.raw),
      }),
      handler: (request, reply) => {
        const context = new RequestContext(callerOf(request), request, reply);
        const ask = () => run(readInput(request), context);
        const answer = share === undefined ? ask() : share.measure(context.caller, ask);
        return op.stream === true ? sendStream(reply, answer as AsyncIterable<{ seq: number }>) : answer;
      },
    });
  }
}

/** The signal is created only for handlers that ask for it: it would cost a tenth of a short call. */
class RequestContext<Caller> implements CallContext<Caller> {
  readonly caller: Caller;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  #controller: AbortController | undefined;

  constructor(caller: Caller, request: FastifyRequest, reply: FastifyReply) {
    this.caller = caller;
    this.#request = request;
    this.#reply = reply;
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const { raw } = this.#reply;
    const made = (this.#controller = new AbortController());
    if (raw.destroyed) made.abort();
    raw.once('close', () => {
      if (!raw.writableFinished) made.abort();
    });
    return made.signal;
  }

  get lastEventId(): number | null {
    const given = Number(this.#request.headers['last-event-id'] ?? Number.NaN);
    return Number.isSafeInteger(given) && given >= 0 ? given : null;
  }
}

/** Reads an operation's input from a request; path parameters are merged only where there are any. */
function inputReader(op: Op): (request: FastifyRequest) => unknown {
  const hasParams = op.path.includes('/:');
  return (request) => {
    const given: unknown = op.method === 'GET' ? request.query : (request.body ?? {});
    // Input that is no object is refused later, unchanged.
    if (!hasParams || typeof given !== 'object' || Array.isArray(given)) return given;
    return { ...given, ...(request.params as object) };
  };
}

/** Characters of a stream that are written at once, at most with one event more. */
const STREAM_CHARS = 64 * 1024;

/** Server-sent events with the event's own sequence number as id; comments keep the connection alive. */
function sendStream(reply: FastifyReply, events: AsyncIterable<{ seq: number }>): FastifyReply {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write(': hive\n\n');
  const beat = setInterval(() => raw.write(': beat\n\n'), 15_000);
  // Events that come together are written together.
  let text = '';
  let scheduled = false;
  const write = () => {
    scheduled = false;
    const ready = text;
    text = '';
    return ready === '' || raw.destroyed || raw.write(ready);
  };
  const pump = async () => {
    for await (const event of events) {
      text += `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
      if (!scheduled) {
        scheduled = true;
        setImmediate(write);
      }
      if ((text.length > STREAM_CHARS || raw.writableNeedDrain) && !write() && !raw.destroyed)
        await new Promise<void>((resolve) => {
          const done = () => {
            raw.off('drain', done).off('close', done);
            resolve();
          };
          raw.once('drain', done).once('close', done);
        });
      if (raw.destroyed) break;
    }
    write();
  };
  pump()
    .catch((error: unknown) => reply.log.error(error))
    .finally(() => {
      clearInterval(beat);
      raw.end();
    });
  return reply;
}

/**
 * Answers every error as JSON of the error table; an error that is no HiveError is logged and answered as `internal`.
 */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(async (error, request, reply) => {
    const hive = fromFastify(error);
    if (hive.status >= 500) request.log.error({ err: error }, hive.code);
    return reply.status(hive.status).send(hive.toBody());
  });
  app.setNotFoundHandler(async (request, reply) =>
    reply
      .status(404)
      .send(
        new HiveError('not_found', `There is no ${request.method} ${request.url.split('?')[0] ?? ''} here.`).toBody(),
      ),
  );
}

/** The same for paths that Fastify refuses before routing: its option `frameworkErrors`. */
export function answerBadPath(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  const hive = fromFastify(error);
  void reply.status(hive.status).send(hive.toBody());
}

const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_input',
  FST_ERR_BAD_URL: 'invalid_input',
  FST_ERR_MAX_PARAM_LENGTH: 'invalid_input',
};

function fromFastify(error: unknown): HiveError {
  if (error instanceof HiveError) return error;
  const { code, statusCode, status } = error as { code?: string; statusCode?: number; status?: number };
  const known = FASTIFY_CODES[code ?? ''] ?? codeOfStatus(statusCode ?? status);
  if ((error as { code?: string }).code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new HiveError('invalid_input', 'Send a JSON body with the header "content-type: application/json".', {
      cause: error,
    });
  return known === undefined ? toHiveError(error) : new HiveError(known, undefined, { cause: error });
}

/** Fastify and its plugins set a status of their own for client errors, such as a path with a NUL. */
function codeOfStatus(status: number | undefined): ErrorCode | undefined {
  if (status === undefined || status < 400 || status >= 500) return undefined;
  return status === 403 || status === 404 ? 'not_found' : 'invalid_input';
}

/**
 * Delays requests of a caller until its turn on the thread, before their bodies are read, and charges it for parsing
 * them. Call it before routes are added.
 */
export function shareThread<Caller>(
  app: FastifyInstance,
  share: FairShare<Caller>,
  callerOf: (request: FastifyRequest) => Caller,
): void {
  app.addHook('onRequest', async (request) => {
    const caller = callerOf(request);
    if (!share.hasTurn(caller)) await new Promise<void>((resolve) => share.wait(caller, resolve));
  });
  parseJsonBodies(app, (request, parse) => share.measure(callerOf(request), parse));
}

/** Parses a JSON body strictly: well-formed UTF-8 (no replacement characters), then JSON. */
export function parseJsonBodies(
  app: FastifyInstance,
  measure: (request: FastifyRequest, parse: () => unknown) => unknown = (_request, parse) => parse(),
): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer;
    if (bytes.length === 0) return done(null, {});
    let parsed: unknown;
    try {
      parsed = measure(request, () => JSON.parse(utf8.decode(bytes)) as unknown);
    } catch (cause) {
      return done(new HiveError('invalid_json', undefined, { cause }));
    }
    return done(null, parsed);
  });
}
