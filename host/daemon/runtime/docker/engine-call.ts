import { HiveError } from '../../../../protocol/errors.ts';
import { shorten } from '../../../../system/text/cut-text.ts';

/** dockerode's error for a status of 400 and above. */
interface EngineRefusal extends Error {
  statusCode: number;
  json?: unknown;
}

/** Socket errors that mean that no engine answers. */
const GONE_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'ENOTSOCK',
  'ETIMEDOUT',
]);

/**
 * One call to the engine with a deadline. An answer whose HTTP status is in `fine` gives null; every other failure is a
 * HiveError. The deadline is enforced here and not only by the library, which waits for ever when an engine dies in the
 * middle of an answer.
 */
export async function callEngine<T, const F extends readonly number[] = []>(
  options: { timeoutMs: number; fine?: F; signal?: AbortSignal | undefined },
  call: (signal: AbortSignal) => Promise<T>,
): Promise<F extends readonly [] ? T : T | null> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    return await Promise.race([call(signal), rejectWith(signal)]);
  } catch (error) {
    if (options.fine?.some((status) => isStatus(error, status)) === true) return null as never;
    throw translateEngineError(error, options.timeoutMs);
  }
}

/** Whether an engine call (or the HiveError made of it) failed with this HTTP status. */
export function isStatus(error: unknown, status: number): boolean {
  if (error instanceof HiveError) return isStatus(error.cause, status);
  return error instanceof Error && (error as Partial<EngineRefusal>).statusCode === status;
}

/** Translates an engine's failure, with the engine's own message. */
export function translateEngineError(error: unknown, timeoutMs: number): HiveError {
  if (error instanceof HiveError) return error;
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError')
    return new HiveError('engine_unavailable', `The container engine did not answer within ${timeoutMs / 1000} s.`, {
      cause: error,
    });
  if (code === 'EACCES' || code === 'EPERM')
    return new HiveError(
      'engine_unavailable',
      "The container engine's socket may not be used by this user. Run as root, or as a member of the docker group.",
      { cause: error },
    );
  if (
    name === 'AbortError' ||
    (code !== undefined && GONE_CODES.has(code)) ||
    message === 'socket hang up' ||
    message === 'aborted'
  )
    return new HiveError('engine_unavailable', undefined, { cause: error });
  const sentence = sentenceOf(error);
  if (isStatus(error, 404) && /no such image/i.test(sentence))
    return new HiveError('image_missing', undefined, { cause: error });
  return new HiveError('engine_error', `The container engine refused: ${sentence}`, { cause: error });
}

function sentenceOf(error: unknown): string {
  const json = (error as EngineRefusal).json;
  const message =
    typeof json === 'object' && json !== null && 'message' in json ? String(json.message) : (error as Error).message;
  if (/no space left on device/i.test(message)) return `no space left on the engine's disk (${firstLine(message)})`;
  return firstLine(message);
}

function firstLine(text: string): string {
  return shorten(text.trim().split('\n', 1)[0] ?? '', 500);
}

function rejectWith(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
