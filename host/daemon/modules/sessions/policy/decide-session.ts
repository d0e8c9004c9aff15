import {
  BASE_TOKENS,
  beginFresh,
  compact,
  LOST_BY_SUMMARY,
  priceTokens,
  type Rates,
  type Size,
  turnTokens,
  withReread,
  type Work,
} from './cost-model.ts';

/** What is known of an agent's conversation when a turn begins. Times are in milliseconds, sizes in tokens. */
export interface SessionFacts {
  /** Its size after the last turn; null where nobody measured it. */
  readonly contextTokens: number | null;
  /** The model's window; null where unknown. */
  readonly windowTokens: number | null;
  /** Since the end of the last turn. */
  readonly sinceMs: number;
  /** How long the provider keeps what was written to the cache, after the last use. */
  readonly lifeMs: number;
  readonly rates: Rates;
  /** Whether the CLI can summarise a conversation when it is asked to. */
  readonly canCompact: boolean;
  /** The size at which the agent was last asked to write notes for a fresh start; null: never in this conversation. */
  readonly notesAt: number | null;
  /** What the agent's turns were like. */
  readonly habits: Habits;
}

/** An agent's turns of late. */
export interface Habits {
  /** The mean work of a turn. */
  readonly work: Work;
  /** The part of the pauses between turns that outlasted the cache, from 0 to 1. */
  readonly coldShare: number;
}

export interface SessionDecision {
  readonly choice: 'continue' | 'compact' | 'fresh';
  /** In words, for people. */
  readonly reason: string;
  /** Ask the agent in this turn to write down what it must keep. */
  readonly askNotes: boolean;
}

/** Smaller conversations are continued: they cost little, and memory is worth more. */
export const SMALL_TOKENS = 20_000;
/** Another choice than to continue must save this part of the cost, and more while the cache is warm: a task may be under way. */
const LEAST_SAVING = { cold: 0.15, warm: 0.25 };
/** A conversation that would grow beyond this part of the window cannot be continued. */
const FULL = 0.85;
/** Turns before the next long pause, at most: further ahead the past says little. */
const FURTHEST = 30;
/** What a turn needs of the conversation before it: after a pause, and in the middle of work. */
const NEEDS = { cold: 8_000, warm: 40_000 };

/**
 * Decides by the expected cost of the turns until the next pause that outlasts the cache. Each choice is the cheapest in
 * some situation: to continue while the cache is warm, or the conversation small; to compact while it is warm and large,
 * with many turns to come; to begin afresh when it is cold, since a compaction would first have to read all of it at the
 * full price. A fresh start needs notes: an agent that was not asked for them in time continues, and is asked now.
 */
export function decideSession(facts: SessionFacts): SessionDecision {
  const { contextTokens: context, windowTokens: window, habits } = facts;
  if (context === null) return keep('its size is not known', false);
  const isWarm = facts.sinceMs <= facts.lifeMs;
  const askNotes = wantsNotes(facts);
  const size = sayTokens(context, window);
  const cache = sayCache(facts, isWarm);
  const hasNotes = facts.notesAt !== null && context - facts.notesAt <= mayGrow(facts.notesAt);
  if (window !== null && context + habits.work.growth > window * FULL) {
    if (facts.canCompact) return { choice: 'compact', reason: `${size}: nearly full`, askNotes: false };
    if (hasNotes) return { choice: 'fresh', reason: `${size}: nearly full`, askNotes: false };
    return keep(`${size}: nearly full, and nothing is noted yet`, true);
  }
  if (context < SMALL_TOKENS) return keep(`${size}, ${cache}`, false);
  const costs = costsOf(facts, { context, isWarm });
  const least = costs.continue * (1 - (isWarm ? LEAST_SAVING.warm : LEAST_SAVING.cold));
  const saves = (cost: number) => `saves about ${saySaving(costs.continue - cost, costs.continue)}`;
  // While the cache is warm, a summary keeps more of a task for less.
  const canFresh = hasNotes && (!isWarm || !facts.canCompact);
  if (canFresh && costs.fresh <= least && (!facts.canCompact || costs.fresh <= costs.compact))
    return { choice: 'fresh', reason: `${size}, ${cache}: ${saves(costs.fresh)}`, askNotes: false };
  if (facts.canCompact && costs.compact <= least)
    return { choice: 'compact', reason: `${size}, ${cache}: ${saves(costs.compact)}`, askNotes: false };
  return keep(`${size}, ${cache}`, askNotes);

  function keep(reason: string, ask: boolean): SessionDecision {
    return { choice: 'continue', reason, askNotes: ask };
  }
}

/** Whether a fresh start may come next, and the notes for it are missing or old. */
function wantsNotes({ contextTokens: context, notesAt }: SessionFacts): boolean {
  if (context === null || context < SMALL_TOKENS * 0.8) return false;
  return notesAt === null || context - notesAt > mayGrow(notesAt);
}

/** By how much a conversation may grow before its notes are old. */
function mayGrow(notesAt: number): number {
  return Math.max(SMALL_TOKENS, notesAt * 0.6);
}

/** The expected cost in dollars of each choice, until the next long pause and including what that pause will cost. */
function costsOf(
  facts: SessionFacts,
  now: { context: number; isWarm: boolean },
): Record<'continue' | 'compact' | 'fresh', number> {
  const { rates, habits } = facts;
  const turns = Math.round(Math.min(FURTHEST, Math.max(1, 1 / Math.max(habits.coldShare, 1 / FURTHEST))));
  const size = { context: now.context, warm: now.isWarm ? now.context : 0 };
  const needs = Math.min(now.context - BASE_TOKENS, now.isWarm ? NEEDS.warm : NEEDS.cold);
  const compacted = compact(size);
  return {
    continue: costOfTurns(size, { turns, reread: 0, habits, rates }),
    compact:
      priceTokens(compacted.tokens, rates) +
      costOfTurns(compacted.after, { turns, reread: needs * LOST_BY_SUMMARY, habits, rates }),
    fresh: costOfTurns(beginFresh(now.isWarm), { turns, reread: needs, habits, rates }),
  };
}

function costOfTurns(size: Size, of: { turns: number; reread: number; habits: Habits; rates: Rates }): number {
  let { context, warm } = size;
  let cost = 0;
  for (let turn = 0; turn < of.turns; turn += 1) {
    const work = turn === 0 ? withReread(of.habits.work, of.reread) : of.habits.work;
    cost += priceTokens(turnTokens(context, warm, work), of.rates);
    context += work.growth;
    warm = context;
  }
  // After the pause comes the cheaper of both.
  const fresh = beginFresh(false);
  const onceMore = Math.min(context, fresh.context + NEEDS.cold);
  return cost + priceTokens({ input: 0, cacheRead: 0, cacheWrite: onceMore, output: 0 }, of.rates);
}

function sayTokens(context: number, window: number | null): string {
  const tokens = `${sayThousands(context)} tokens`;
  return window === null ? tokens : `${tokens} (${Math.round((100 * context) / window)} % of the window)`;
}

function sayThousands(count: number): string {
  return count < 1_000 ? String(count) : `${Math.round(count / 1_000)}k`;
}

function sayCache({ sinceMs, lifeMs }: SessionFacts, isWarm: boolean): string {
  return isWarm ? `cache warm` : `cache cold (${sayTime(sinceMs)} since the last turn, kept for ${sayTime(lifeMs)})`;
}

function sayTime(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

function saySaving(saved: number, of: number): string {
  const share = `${Math.round((100 * saved) / of)} %`;
  return saved < 0.005 ? share : `${share} ($${saved.toFixed(2)})`;
}
