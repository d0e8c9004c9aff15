import type { HiveError } from '../../../protocol/errors.ts';

/** hived's answer to a batch of reports, or that there was none. */
export type BatchResult = { readonly ok: true } | { readonly ok: false; readonly error: HiveError };

/** What becomes of a batch. */
export type BatchDecision =
  | { readonly do: 'forget' }
  | { readonly do: 'retry'; readonly inMs: number }
  | { readonly do: 'give_up'; readonly code: string };

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/**
 * Reports are sent until hived has stored them. Only what hived will never take (400 and 413: the two
 * disagree about the contract) is given up, so that it does not stand in the way of all that follow.
 */
export function decideBatch(result: BatchResult, failures: number): BatchDecision {
  if (result.ok) return { do: 'forget' };
  const { status, code } = result.error;
  if (status === 400 || status === 413) return { do: 'give_up', code };
  return { do: 'retry', inMs: Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures, 10)) };
}
