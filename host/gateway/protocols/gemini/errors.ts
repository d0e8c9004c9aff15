import * as z from 'zod';

/** The names of Google's error codes (google.rpc.Code) by HTTP status. */
const STATUSES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  504: 'DEADLINE_EXCEEDED',
};

/** An error in the format of Google's APIs. */
export interface GoogleError {
  readonly error: { readonly code: number; readonly message: string; readonly status: string };
}

/**
 * The body of an error with this HTTP status. The message is for the agent and its operator, and contains no secret.
 */
export function errorBody(status: number, message: string): GoogleError {
  const name = STATUSES[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT');
  return { error: { code: status, message, status: name } };
}

const text = z.string().nullish().catch(null);

/** One of the messages that an error carries, told apart by their type (google.rpc.ErrorInfo, …). */
const detail = z.object({
  '@type': text,
  /** Of an ErrorInfo. */
  reason: text,
  /** Of a RetryInfo: seconds, as in `7.5s`. */
  retryDelay: text,
  /** Of a QuotaFailure. */
  violations: z
    .array(z.object({ quotaId: text }))
    .nullish()
    .catch(null),
});

const error = z.object({
  error: z.object({ message: z.string(), details: z.array(detail).nullish().catch(null) }),
});
/** An error of a stream that is an array stands in one, too. */
const anyError = z.union([error, z.tuple([error]).transform(([first]) => first)]);
export type ReadError = z.infer<typeof error>['error'];

/** The error in a body; null for anything else. */
export function readError(body: unknown): ReadError | null {
  return anyError.safeParse(body).data?.error ?? null;
}

/** The details of one type, without its package: `RetryInfo`. */
export function detailsOf(given: ReadError | null, type: string): z.infer<typeof detail>[] {
  return (given?.details ?? []).filter((one) => one['@type']?.endsWith(`google.rpc.${type}`) === true);
}
