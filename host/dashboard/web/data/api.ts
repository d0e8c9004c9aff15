import { HiveError } from '../../../../protocol/errors.ts';
import type { Op, OpInput, OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import type { RepoView } from '../../../../protocol/schemas/service.ts';
import { encodeCall } from '../../../../wire/call.ts';
import { OPERATIONS, type OperationName } from './operations.ts';

type Surface = typeof operatorSurface;

/**
 * Calls an operation of hived's through the dashboard. Throws a HiveError: hived's own,
 * `unauthenticated` when the session ended, `hive_unreachable` when hived or the dashboard is away.
 */
export async function callHive<K extends OperationName>(
  name: K,
  input: OpInput<Surface[K]>,
  signal?: AbortSignal,
): Promise<OpOutput<Surface[K]>> {
  const { method, path, body } = encodeCall(OPERATIONS[name] as unknown as Op, input as Record<string, unknown>);
  return (await fetchJson(`/api${path}`, { method, body, signal: signal ?? null })) as OpOutput<Surface[K]>;
}

export async function listRepos(signal: AbortSignal): Promise<{ repos: RepoView[] }> {
  return (await fetchJson('/api/forge/repos', { signal })) as { repos: RepoView[] };
}

/** Ends the session here and at hived's. */
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
    throw new HiveError('hive_unreachable', 'The dashboard does not answer.', { cause });
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw HiveError.fromBody(answer);
  return answer;
}
