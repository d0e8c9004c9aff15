import type { FastifyBaseLogger } from 'fastify';
import { pino, stdSerializers, stdTimeFunctions } from 'pino';

/** A log of JSON Lines, as Fastify takes it. Fields are facts; never a message's body, a file's content or a key. */
export type Log = FastifyBaseLogger;

export interface LogOptions {
  /** The least serious lines that are written. Default: info. */
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Where lines go, each with its line break. A service's is stderr: its stdout tells hived that it is ready. */
  readonly output: 'stdout' | { write(line: string): unknown };
}

/** Log lines that wait in memory for a disk that does not take them. */
const MOST_UNWRITTEN_BYTES = 1024 * 1024;

/**
 * Names of fields that hold secrets: their values are never written, at the top of a line or up to `SECRET_DEPTH` objects
 * below. It is the second guard; the first is that nobody logs them. What a child log is made with is not looked at.
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
 * The log of a process. A line has `level` (its name), `time` (ISO 8601, UTC), what the caller gives, and `msg`. An error
 * under `err` becomes its type, code, message and stack, each with its causes; other fields of it are left out, since
 * libraries put requests with their headers there. A request under `req` becomes its method: URLs can hold a sign-in token.
 */
export function openLog({ level = 'info', output }: LogOptions): Log {
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
    output === 'stdout' ? openStdout() : output,
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

/** Errors and requests are no plain objects: they are told by their serializers. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** A full disk costs lines and no more: with nobody listening for the error, pino would try the last ones for ever at the exit. */
function openStdout() {
  const stdout = pino.destination({ dest: 1, sync: true, maxLength: MOST_UNWRITTEN_BYTES });
  stdout.on('error', () => undefined);
  return stdout;
}
