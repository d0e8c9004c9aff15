import type { FinishInput, HarnessState } from '../../protocol/schemas/harness.ts';
import { type Backoff, backoffMs } from '../../system/backoff.ts';
import { cutText } from '../../system/text/cut-text.ts';
import type { TurnReport, Verdict } from '../driver/driver.ts';
import { type Cause, causeOf, FAULTS } from './faults.ts';

/** Consecutive turns that did not end well, how many of them the session may have caused, and the last reason. */
export interface Streak {
  readonly bad: number;
  readonly failed: number;
  readonly reason: string | null;
  /** Turns stopped for want of progress since the last one that was done. */
  readonly stuck: number;
  /** Consecutive turns without progress, and their text. */
  readonly idle: number;
  readonly text: string | null;
}
export const NO_STREAK: Streak = { bad: 0, failed: 0, reason: null, stuck: 0, idle: 0, text: null };

/** What is known when a turn has ended. */
export interface AfterFacts {
  readonly streak: Streak;
  readonly now: number;
  /** Within [0, 1). */
  readonly random: number;
  /** What the turn did; it tells whether there is progress. */
  readonly did?: Pick<TurnReport, 'answered' | 'toolCalls' | 'text'>;
  /** After this many turns without progress the agent counts as stuck; 0: never. */
  readonly idleTurns?: number;
}

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
  readonly cause: Cause;
  /** The agent is to be held until the operator releases it, for this reason; null: it goes on. */
  readonly stuck: string | null;
}

/** A provider's reset time further away is not trusted: weekly limits are the longest that exist. */
const LONGEST_PARK_MS = 8 * 24 * 3_600_000;
/** A tenth of the wait, but no more than this, is added at random to a time that was named. */
const LONGEST_STAGGER_MS = 60_000;
/** After this many consecutive ends of a kind the session itself is suspected. */
const FRESH_AFTER = { second: 2, third: 3 } as const;
/** The first turn without progress is continued, the second begins a fresh session, the third is the last. */
const STUCK_AFTER = 3;
const REFUSED_AS_IT_IS = /\b400\b/;

/** Decides outcome, pause and session by the table FAULTS. Times are epoch milliseconds; `random` is within [0, 1). */
export function decideAfter(given: Verdict, facts: AfterFacts): After {
  const idle = countIdle(given, facts);
  const verdict = idle.isStuck ? sayStuck(idle.count) : given;
  const cause = causeOf(verdict);
  const fault = FAULTS[cause];
  const reason = verdict.kind === 'done' ? null : cutText(verdict.reason, 2_000).text;
  if (fault.pause === null) {
    const streak = verdict.kind === 'done' ? NO_STREAK : facts.streak;
    const status = { state: fault.state, reason: null, until: null };
    return { outcome: fault.outcome, reason, notBefore: null, status, streak, session: 'keep', cause, stuck: null };
  }
  const bad = facts.streak.bad + 1;
  const stuck = facts.streak.stuck + (cause === 'no_progress' ? 1 : 0);
  const isLast = stuck >= STUCK_AFTER;
  const failed = fault.session === 'keep' ? 0 : facts.streak.failed + 1;
  // The same refusal of the same session: the content that it objects to stays in there.
  const repeated = facts.streak.reason === reason && reason !== null && REFUSED_AS_IT_IS.test(reason);
  const inARow = cause === 'no_progress' ? stuck : failed;
  const worn = fault.session in FRESH_AFTER && inARow >= FRESH_AFTER[fault.session as keyof typeof FRESH_AFTER];
  const spent = fault.session === 'drop' || worn || (fault.session === 'third' && repeated);
  const until = resumeAt(verdict, { ...facts, bad, pause: fault.pause });
  return {
    outcome: fault.outcome,
    reason,
    notBefore: until,
    status: { state: fault.state, reason, until },
    streak: {
      bad,
      failed: spent ? 0 : failed,
      reason,
      stuck: isLast ? 0 : stuck,
      idle: idle.isStuck ? 0 : idle.count,
      text: idle.text,
    },
    session: spent ? 'drop' : 'keep',
    cause,
    stuck: isLast ? cutText(reason ?? '', 500).text : null,
  };
}

/** Ends in which provider, login and CLI worked, but the mail was not handled. */
const UNFINISHED: ReadonlySet<Verdict['kind']> = new Set(['failed', 'timed_out', 'mail_unseen']);

/**
 * Counts consecutive turns in which the model answered with the same text as before, and called no tool. Other trouble
 * in between changes neither the count nor the text.
 */
function countIdle(verdict: Verdict, facts: AfterFacts): { count: number; text: string | null; isStuck: boolean } {
  const { streak, did, idleTurns = 0 } = facts;
  if (!UNFINISHED.has(verdict.kind) || did === undefined)
    return { count: streak.idle, text: streak.text, isStuck: false };
  const { text } = did;
  if (!did.answered || did.toolCalls > 0) return { count: 0, text, isStuck: false };
  const count = text === streak.text ? streak.idle + 1 : 1;
  return { count, text, isStuck: idleTurns > 0 && count >= idleTurns };
}

function sayStuck(turns: number): Verdict {
  return { kind: 'stuck', reason: `${turns} turns in a row ended unfinished, with the same words and no tool call.` };
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
