import type { FinishInput, HarnessState } from '../../protocol/schemas/harness.ts';
import type { Verdict } from '../driver/driver.ts';
import { backoffMs } from '../hive-link/retry.ts';

/** Turns in a row that did not end well, and how many of them the conversation could be to blame for. */
export interface Streak {
  readonly bad: number;
  readonly failed: number;
}
export const NO_STREAK: Streak = { bad: 0, failed: 0 };

/** What follows from how a turn ended. */
export interface After {
  readonly outcome: FinishInput['outcome'];
  readonly reason: string | null;
  /** No turn before this (epoch ms). */
  readonly notBefore: number | null;
  readonly status: HarnessState;
  readonly streak: Streak;
  /** Whether the next turn continues the conversation or begins a fresh one. */
  readonly session: 'keep' | 'drop';
}

const RATE_LIMIT = { firstMs: 60_000, maxMs: 15 * 60_000 };
const BACKING_OFF = { firstMs: 1_000, maxMs: 5 * 60_000 };
const LOGIN_RETRY_MS = 60_000;
/** A reset time further away is not believed: weekly limits are the longest there are. */
const LONGEST_PARK_MS = 8 * 24 * 3_600_000;
/** So many failures in a row, and the conversation itself is suspected. */
const FRESH_AFTER = 3;

/** Decides outcome, pause and session. Times are epoch milliseconds. */
export function decideAfter(verdict: Verdict, facts: { streak: Streak; now: number }): After {
  const { now } = facts;
  const bad = facts.streak.bad + 1;
  switch (verdict.kind) {
    case 'done':
      return { outcome: 'done', reason: null, notBefore: null, status: idle(), streak: NO_STREAK, session: 'keep' };
    case 'interrupted':
      return {
        outcome: 'interrupted',
        reason: verdict.reason,
        notBefore: null,
        status: idle(),
        streak: facts.streak,
        session: 'keep',
      };
    case 'rate_limited': {
      const known =
        verdict.resetsAt === null ? null : Math.min(Math.max(verdict.resetsAt, now + 1_000), now + LONGEST_PARK_MS);
      const until = Math.round(known ?? now + backoffMs(bad, RATE_LIMIT));
      return parked('rate_limited', { reason: verdict.reason, until, streak: { bad, failed: 0 } });
    }
    case 'needs_login':
      return parked('needs_login', { reason: verdict.reason, until: now + LOGIN_RETRY_MS, streak: { bad, failed: 0 } });
    case 'timed_out':
    case 'failed': {
      const failed = facts.streak.failed + 1;
      const spent = (verdict.kind === 'failed' && verdict.sessionSpent) || failed >= FRESH_AFTER;
      const until = now + backoffMs(bad, BACKING_OFF);
      const after = parked('backing_off', {
        reason: verdict.reason,
        until,
        streak: { bad, failed: spent ? 0 : failed },
      });
      return { ...after, outcome: verdict.kind, session: spent ? 'drop' : 'keep' };
    }
    default:
      return verdict satisfies never;
  }
}

function idle(): HarnessState {
  return { state: 'idle', reason: null, until: null };
}

function parked(
  state: 'rate_limited' | 'needs_login' | 'backing_off',
  facts: { reason: string; until: number; streak: Streak },
): After {
  const reason = facts.reason.slice(0, 2_000);
  const status: HarnessState = { state, reason, until: facts.until };
  const outcome = state === 'backing_off' ? 'failed' : state;
  return { outcome, reason, notBefore: facts.until, status, streak: facts.streak, session: 'keep' };
}
