import { backoffMs } from '../../../system/backoff.ts';

/** A mirror before its try. */
interface Tried {
  /** Of a pull mirror. */
  readonly everyMs: number | null;
  /** Failures in a row before this one. */
  readonly failures: number;
  readonly isTold: boolean;
}

const RETRY = { firstMs: 60_000, maxMs: 6 * 3_600_000 };
/** Failures in a row that may pass by themselves before the operator is told: about seven minutes. */
const QUIET_FAILURES = 3;
/** The part of an interval by which updates differ, so that mirrors do not all ask at once. */
const JITTER = 0.1;

/** When a mirror that succeeded is due again (epoch ms). A push mirror is, when there is something to publish. */
export function dueAfterSuccess({ everyMs }: Pick<Tried, 'everyMs'>, now: number, random: number): number {
  return everyMs === null ? now : now + Math.round(everyMs * (1 - JITTER / 2 + JITTER * random));
}

/**
 * When one that failed is tried again, and whether the operator is told now: once in an outage; at once when it does not
 * pass by itself.
 */
export function afterFailure(
  { failures, isTold }: Tried,
  failure: { readonly needsOperator: boolean },
  at: { readonly now: number; readonly random: number },
): { dueAt: number; tell: boolean } {
  const dueAt = at.now + backoffMs(failures + 1, RETRY, at.random);
  return { dueAt, tell: !isTold && (failure.needsOperator || failures + 1 >= QUIET_FAILURES) };
}
