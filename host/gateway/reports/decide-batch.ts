import type { HiveError } from '../../../protocol/errors.ts';
import { backoffMs } from '../../../system/backoff.ts';

/** hived's answer to a batch of reports, or that there was none. */
export type BatchResult = { readonly ok: true } | { readonly ok: false; readonly error: HiveError };

/** The decision about a batch. */
export type BatchDecision =
  | { readonly do: 'forget' }
  | { readonly do: 'retry'; readonly inMs: number }
  | { readonly do: 'give_up'; readonly code: string };

const DELAYS = { firstMs: 100, maxMs: 10_000 };

/**
 * Reports are retried until hived has stored them. Only a batch that hived will never accept (400 and 413: the two
 * disagree about the contract) is dropped, so that it does not block all later ones. `failures` came before this one;
 * `random`, within [0, 1), shortens the delay.
 */
export function decideBatch(result: BatchResult, failures: number, random: number): BatchDecision {
  if (result.ok) return { do: 'forget' };
  const { status, code } = result.error;
  if (status === 400 || status === 413) return { do: 'give_up', code };
  return { do: 'retry', inMs: backoffMs(failures + 1, DELAYS, random) };
}
