import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type ErrorCode, HiveError } from '../protocol/errors.ts';
import type { Op, OpOutput, OpParsed, Surface } from '../protocol/op.ts';
import { createFileTurns, FILE_BODY_BYTES } from './file-turns.ts';

/** What a handler is told beside its input. */
export interface CallContext<Caller> {
  /** Who asks, known from the socket the request came in by. */
  caller: Caller;
  /** Fires when the caller goes away. */
  signal: AbortSignal;
  /** The `Last-Event-ID` header, for streams. */
  lastEventId: number | null;
}

type Handler<O extends Op, Caller> = O extends { stream: true }
  ? (input: OpParsed<O>, context: CallContext<Caller>) => AsyncIterable<OpOutput<O> & { seq: number }>
  : (input: OpParsed<O>, context: CallContext<Caller>) => Promise<OpOutput<O>> | OpOutput<O>;

/** One handler for each declared operation; the compiler misses one or one too many. */
export type Handlers<S extends Surface, Caller> = { [K in keyof S]: Handler<S[K], Caller> };

/**
 * Serves a surface: one route for each declared operation, with its input parsed. Throws at start
 * when an operation has no handler or a handler no declaration.
 */
export function serveSurface<S extends Surface, Caller>(
  app: FastifyInstance,
  surface: S,
  options: { handlers: Handlers<S, Caller>; callerOf: (request: FastifyRequest) => Caller },
): void {
  const { handlers, callerOf } = options;
  const fileTurn = createFileTurns();
  for (const name of Object.keys(handlers))
    if (!(name in surface)) throw new Error(`handler without a declared operation: ${name}`);
  for (const [name, op] of Object.entries(surface)) {
    const handler = handlers[name] as ((input: unknown, context: CallContext<Caller>) => unknown) | undefined;
    if (handler === undefined) throw new Error(`declared operation without a handler: ${name}`);
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
        const answer = handler(readInput(request), context);
        return op.stream === true ? sendStream(reply, answer as AsyncIterable<{ seq: number }>) : answer;
      },
    });
  }
}

/** The signal is made only for handlers that ask for it: it would cost a tenth of a short call. */
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

/** What parses an operation's input; parameters of the path are put in only where there are any. */
function inputReader(op: Op): (request: FastifyRequest) => unknown {
  const hasParams = op.path.includes('/:');
  return (request) => {
    const given: unknown = op.method === 'GET' ? request.query : (request.body ?? {});
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      throw new HiveError('invalid_input', 'The body must be a JSON object.');
    const result = op.input.safeParse(hasParams ? { ...given, ...(request.params as object) } : given);
    if (result.success) return result.data;
    throw inputError(result.error, op.errors);
  };
}

/** Whoever sends nonsense gets an answer that can be read, whatever the nonsense's size. */
const MOST_ISSUES = 8;
const MOST_ISSUE_CHARS = 300;

/** One sentence for a failed parse, naming each field; an issue may carry its own code in `params.hiveCode`. */
export function inputError(error: z.ZodError, allowed: readonly ErrorCode[] = []): HiveError {
  const sentences = error.issues.slice(0, MOST_ISSUES).map((issue) => {
    const where = issue.path.join('.');
    return cut(where === '' ? issue.message : `${where}: ${issue.message}`);
  });
  const more = error.issues.length - sentences.length;
  if (more > 0) sentences.push(`and ${more} more`);
  const special = error.issues
    .map((issue) => (issue.code === 'custom' ? (issue.params?.['hiveCode'] as ErrorCode | undefined) : undefined))
    .find((code) => code !== undefined && allowed.includes(code));
  return new HiveError(special ?? 'invalid_input', `${sentences.join('; ')}.`, {
    details: {
      issues: error.issues
        .slice(0, MOST_ISSUES)
        .map((issue) => ({ path: issue.path.map((step) => cut(String(step))), message: cut(issue.message) })),
    },
  });
}

function cut(text: string): string {
  return text.length <= MOST_ISSUE_CHARS ? text : `${text.slice(0, MOST_ISSUE_CHARS)}…`;
}

/** Server-sent events with the event's own sequence number as id; comments keep the line warm. */
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
  const pump = async () => {
    for await (const event of events) {
      const flowing = raw.write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
      if (!flowing && !raw.destroyed)
        await new Promise<void>((resolve) => {
          const done = () => {
            raw.off('drain', done).off('close', done);
            resolve();
          };
          raw.once('drain', done).once('close', done);
        });
      if (raw.destroyed) break;
    }
  };
  pump()
    .catch((error: unknown) => reply.log.error(error))
    .finally(() => {
      clearInterval(beat);
      raw.end();
    });
  return reply;
}

/** Errors of every kind as the table's JSON; what is not a HiveError is logged and told as `internal`. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(async (error, request, reply) => {
    const hive = toHiveError(error);
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

const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_input',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'invalid_input',
  FST_ERR_BAD_URL: 'invalid_input',
  FST_ERR_MAX_PARAM_LENGTH: 'invalid_input',
};

function toHiveError(error: unknown): HiveError {
  if (error instanceof HiveError) return error;
  const code = (error as { code?: string }).code ?? '';
  const known = FASTIFY_CODES[code];
  if (known !== undefined) return new HiveError(known, undefined, { cause: error });
  if (error instanceof z.ZodError)
    return new HiveError('internal', 'An answer did not fit its declaration.', { cause: error });
  return new HiveError('internal', undefined, { cause: error });
}

/** Parses a JSON body strictly: well-formed UTF-8 (no replacement characters are made up), then JSON. */
export function parseJsonBodies(app: FastifyInstance): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    const bytes = body as Buffer;
    if (bytes.length === 0) return done(null, {});
    try {
      return done(null, JSON.parse(utf8.decode(bytes)));
    } catch (cause) {
      return done(new HiveError('invalid_json', undefined, { cause }));
    }
  });
}
