import type { FastifyBaseLogger } from 'fastify';
import { pino, stdSerializers, stdTimeFunctions } from 'pino';

/** A log of JSON Lines, as Fastify takes it. Fields are facts; never a message's body, a file's content or a key. */
export type Log = FastifyBaseLogger;

export interface LogOptions {
  /** The least serious lines that are written. Default: info. */
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /**
   * Where lines are written, each with its line break. For a service this is stderr: its stdout tells hived that it is
   * ready.
   */
  readonly output: 'stdout' | { write(line: string): unknown };
  /** Replaces secrets in a line. */
  readonly redact?: (line: string) => string;
}

/** The limit of log lines that wait in memory while the disk accepts none. */
const MOST_UNWRITTEN_BYTES = 1024 * 1024;

/**
 * Names of fields that hold secrets: their values are never written, at the top of a line or up to `SECRET_DEPTH`
 * objects below. This is the second safeguard; the first is not to log them. The bindings of a child log are not
 * checked.
 */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'apiKey',
  'api_key',
  'authorization',
  'cookie',
  'key',
  'password',
  'proxy-authorization',
  'secret',
  'set-cookie',
  'token',
  'x-api-key',
]);
const SECRET_DEPTH = 2;

/**
 * The log of a process. A line has `level` (its name), `time` (ISO 8601, UTC), the caller's fields, and `msg`. An error
 * under `err` is written as its type, code, message and stack, each with its causes; its other fields are omitted,
 * since libraries put requests with their headers there. A request under `req` is written as its method: URLs can
 * contain a sign-in token.
 */
export function openLog({ level = 'info', output, redact }: LogOptions): Log {
  const stream = output === 'stdout' ? openStdout() : output;
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => hideSecrets(fields),
      },
      serializers: { err: describeError, req: ({ method }: { method: string }) => ({ method }) },
    },
    redact === undefined ? stream : { write: (line: string) => void stream.write(redact(line)) },
  );
}

interface DescribedError {
  type: string;
  code?: string;
  message: string;
  stack?: string;
  errors?: DescribedError[];
}

function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { type, message, stack } = stdSerializers.err(error);
  const { code } = error as { code?: unknown };
  return {
    type,
    ...(typeof code === 'string' && { code }),
    message,
    ...(stack !== undefined && { stack }),
    ...(error instanceof AggregateError && { errors: error.errors.map(describeError) }),
  };
}

/** The same fields, or a copy without the secrets; pino's own redaction takes tens of times as long. */
function hideSecrets(fields: Record<string, unknown>, depth = SECRET_DEPTH): Record<string, unknown> {
  let shown = fields;
  for (const [name, value] of Object.entries(fields)) {
    const safe = SECRET_FIELDS.has(name)
      ? '[secret]'
      : depth > 0 && isPlain(value)
        ? hideSecrets(value, depth - 1)
        : value;
    if (safe === value) continue;
    if (shown === fields) shown = { ...fields };
    shown[name] = safe;
  }
  return shown;
}

/** Errors and requests are not plain objects: their serializers write them. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * A full disk costs log lines and nothing else: without an error listener, pino would retry the last lines for ever at
 * exit.
 */
function openStdout() {
  const stdout = pino.destination({ dest: 1, sync: true, maxLength: MOST_UNWRITTEN_BYTES });
  stdout.on('error', () => undefined);
  return stdout;
}
