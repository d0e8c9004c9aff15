import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATIONS } from 'virtual:operations';
import type { OpInput, OpOutput } from '../../../../protocol/op.ts';
import { encodeCall } from '../../../../wire/call.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { findMismatch } from './shape.ts';

/** The operations with a single response, not a stream. */
export type OperationName = Exclude<keyof BrowserOperations, 'followEvents' | 'followTerminal'>;

/**
 * Calls an operation of hived or the forge through the dashboard. Throws a HiveError: the one that the operation threw,
 * `internal` for a response that does not match the declared shape, `unauthenticated` when the session ended,
 * `hive_unreachable` when hived or the dashboard does not answer.
 */
export async function callHive<K extends OperationName>(
  name: K,
  input: OpInput<BrowserOperations[K]>,
  signal?: AbortSignal,
): Promise<OpOutput<BrowserOperations[K]>> {
  const { method, path, body } = encodeCall(OPERATIONS[name], input as Record<string, unknown>);
  return checkShape(name, await fetchJson(`/api${path}`, { method, body, signal: signal ?? null })) as OpOutput<
    BrowserOperations[K]
  >;
}

/** The operations whose answer is a stream. */
type StreamName = Exclude<keyof BrowserOperations, OperationName>;

/** Parses an event of a stream. Throws the same errors as callHive. */
export function readStreamed<K extends StreamName>(name: K, text: string): OpOutput<BrowserOperations[K]> {
  return checkShape(name, JSON.parse(text)) as OpOutput<BrowserOperations[K]>;
}

/**
 * Opens a stream; its bytes are server-sent events. Throws the same errors as callHive; `hive_unreachable` also for a
 * refusal that is not of the dashboard, such as a proxy's page.
 */
export async function openStream<K extends StreamName>(
  name: K,
  input: OpInput<BrowserOperations[K]>,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const { path } = encodeCall(OPERATIONS[name], input as Record<string, unknown>);
  let response: Response;
  try {
    response = await fetch(`/api${path}`, { signal, headers: { accept: 'text/event-stream' } });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw doesNotAnswer(cause);
  }
  if (response.ok && response.body !== null) return response.body;
  const answer = (await response.json().catch(() => null)) as { error?: unknown } | null;
  if (typeof answer?.error !== 'object') throw doesNotAnswer(undefined);
  throw HiveError.fromBody(answer);
}

function doesNotAnswer(cause: unknown): HiveError {
  return new HiveError('hive_unreachable', 'The dashboard does not answer.', { cause });
}

function checkShape(name: keyof BrowserOperations, answer: unknown): unknown {
  const mismatch = findMismatch(OPERATIONS[name].output, answer);
  if (mismatch === null) return answer;
  const place = mismatch === '' ? '' : ` in "${mismatch}"`;
  throw new HiveError(
    'internal',
    `The answer to ${name} is not as declared${place}. Load the page again: it may be of an older build.`,
  );
}

/** Ends the session in hived and deletes its cookie. */
export async function signOut(): Promise<void> {
  await fetchJson('/sign-out', { method: 'POST' });
}

async function fetchJson(path: string, init: RequestInit): Promise<unknown> {
  const headers = init.body === null || init.body === undefined ? {} : { 'content-type': 'application/json' };
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw doesNotAnswer(cause);
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw HiveError.fromBody(answer);
  return answer;
}
