import type { FinishInput, HarnessState } from '../../protocol/schemas/harness.ts';
import { type Backoff, backoffMs } from '../../system/backoff.ts';
import { cutText } from '../../system/text/cut-text.ts';
import type { Verdict } from '../driver/driver.ts';
import { causeOf, FAULTS } from './faults.ts';

/** Consecutive turns that did not end well, how many of them the session may have caused, and the last reason. */
export interface Streak {
  readonly bad: number;
  readonly failed: number;
  readonly reason: string | null;
}
export const NO_STREAK: Streak = { bad: 0, failed: 0, reason: null };

/** The consequences of a turn's end. */
export interface After {
  readonly outcome: FinishInput['outcome'];
  readonly reason: string | null;
  /** No turn before this (epoch ms). */
  readonly notBefore: number | null;
  readonly status: HarnessState;
  readonly streak: Streak;
  /** Whether the next turn continues the session or begins a fresh one. */
  readonly session: 'keep' | 'drop';
}

/** A provider's reset time further away is not trusted: weekly limits are the longest that exist. */
const LONGEST_PARK_MS = 8 * 24 * 3_600_000;
/** A tenth of the wait, but no more than this, is added at random to a time that was named. */
const LONGEST_STAGGER_MS = 60_000;
/** After this many consecutive failures the session itself is suspected. */
const FRESH_AFTER = 3;
const REFUSED_AS_IT_IS = /\b400\b/;

/** Decides outcome, pause and session by the table FAULTS. Times are epoch milliseconds; `random` is within [0, 1). */
export function decideAfter(verdict: Verdict, facts: { streak: Streak; now: number; random: number }): After {
  const fault = FAULTS[causeOf(verdict)];
  const reason = verdict.kind === 'done' ? null : cutText(verdict.reason, 2_000).text;
  if (fault.pause === null) {
    const streak = verdict.kind === 'done' ? NO_STREAK : facts.streak;
    const status = { state: fault.state, reason: null, until: null };
    return { outcome: fault.outcome, reason, notBefore: null, status, streak, session: 'keep' };
  }
  const bad = facts.streak.bad + 1;
  const failed = fault.session === 'keep' ? 0 : facts.streak.failed + 1;
  // The same refusal of the same session: the content that it objects to stays in there.
  const repeated = facts.streak.reason === reason && reason !== null && REFUSED_AS_IT_IS.test(reason);
  const spent = fault.session === 'drop' || (fault.session === 'third' && (failed >= FRESH_AFTER || repeated));
  const until = resumeAt(verdict, { ...facts, bad, pause: fault.pause });
  return {
    outcome: fault.outcome,
    reason,
    notBefore: until,
    status: { state: fault.state, reason, until },
    streak: { bad, failed: spent ? 0 : failed, reason },
    session: spent ? 'drop' : 'keep',
  };
}

/**
 * The reset time that was named is trusted once; if the limit still holds then, the pause is at least the
 * backoff.
 */
function resumeAt(verdict: Verdict, facts: { now: number; bad: number; random: number; pause: Backoff }): number {
  const { now } = facts;
  const backoff = now + backoffMs(facts.bad, facts.pause, facts.random);
  const named = 'resetsAt' in verdict ? verdict.resetsAt : null;
  if (named === null) return backoff;
  const believed = Math.min(Math.max(named, now + 1_000), now + LONGEST_PARK_MS);
  // Agents that share an account or a budget come back one after another.
  const staggered = believed + facts.random * Math.min(LONGEST_STAGGER_MS, (believed - now) / 10);
  return Math.round(facts.bad === 1 ? staggered : Math.max(staggered, backoff));
}
