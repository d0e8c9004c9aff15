import { SIMULATED } from '../../../../../protocol/operations/sessions.ts';
import {
  addTokens,
  addWork,
  BASE_TOKENS,
  beginFresh,
  compact,
  LOST_BY_SUMMARY,
  NO_TOKENS,
  NOTES,
  priceTokens,
  type Rates,
  type Size,
  type Tokens,
  turnTokens,
  withReread,
  type Work,
} from './cost-model.ts';
import { decideSession, type Habits } from './decide-session.ts';

/** A turn of a history: the pause before it in ms, its work, and how much it needs of the newest tokens before it. */
export interface PastTurn extends Work {
  readonly gapMs: number;
  readonly needs: number;
}

/** Where a history took place. */
export interface Setting {
  readonly rates: Rates;
  readonly windowTokens: number;
  readonly lifeMs: number;
  readonly canCompact: boolean;
}

/** A conversation in the simulation, at the beginning of a turn. */
interface State {
  readonly context: number;
  readonly sinceMs: number;
  readonly notesAt: number | null;
  readonly habits: Habits;
}

interface Choice {
  readonly choice: 'continue' | 'compact' | 'fresh';
  /** The turn also writes notes. */
  readonly askNotes: boolean;
}

export const POLICY_NAMES = SIMULATED;
export type PolicyName = (typeof POLICY_NAMES)[number];

const POLICIES: Readonly<Record<PolicyName, (state: State, setting: Setting) => Choice>> = {
  default: (state, setting) => decideSession({ ...state, ...setting, contextTokens: state.context }),
  always_continue: () => ({ choice: 'continue', askNotes: false }),
  // Without notes each turn would know nothing of the earlier ones.
  always_fresh: () => ({ choice: 'fresh', askNotes: true }),
  compact_at_80: ({ context }, { windowTokens }) => ({
    choice: context > windowTokens * 0.8 ? 'compact' : 'continue',
    askNotes: false,
  }),
};

/** Beyond this part of the window CLIs compact by themselves, whatever the policy: the model would refuse the prompt. */
const WINDOW_ENDS = 0.95;
/** Turns from which an agent's habits are taken. */
export const RECENT_TURNS = 20;

export interface Simulated {
  readonly tokens: Tokens;
  readonly usd: number;
  readonly fresh: number;
  readonly compacted: number;
}

/**
 * Replays a history under a policy. What a turn needs and its conversation has lost is read again: all of it after a
 * fresh start, a part of it after a compaction.
 */
export function simulate(turns: readonly PastTurn[], name: PolicyName, setting: Setting): Simulated {
  const decide = POLICIES[name];
  let size: Size = { context: BASE_TOKENS, warm: 0 };
  let notesAt: number | null = null;
  let tokens = NO_TOKENS;
  let fresh = 0;
  let compacted = 0;
  /** Tokens of the history so far; those since the last reset; and the part of older ones that was lost by it. */
  let total = 0;
  let recent = 0;
  let lost = 0;
  for (const [index, turn] of turns.entries()) {
    const isWarm = index > 0 && turn.gapMs <= setting.lifeMs;
    const { context } = size;
    size = { context, warm: isWarm ? context : 0 };
    const habits = habitsOf(turns.slice(Math.max(0, index - RECENT_TURNS), index), setting.lifeMs);
    const decided = index === 0 ? BEGIN : decide({ context, sinceMs: turn.gapMs, notesAt, habits }, setting);
    const isFull = context + turn.growth > setting.windowTokens * WINDOW_ENDS;
    const choice = decided.choice === 'continue' && isFull ? 'compact' : decided.choice;
    if (choice === 'compact') {
      const after = compact(size);
      tokens = addTokens(tokens, after.tokens);
      size = after.after;
      [recent, lost, notesAt] = [0, LOST_BY_SUMMARY, null];
      compacted += 1;
    } else if (choice === 'fresh') {
      size = beginFresh(isWarm);
      [recent, lost, notesAt] = [0, 1, null];
      fresh += 1;
    }
    const missing = Math.round(Math.max(0, Math.min(turn.needs, total) - recent) * lost);
    const own = withReread(turn, missing);
    const work = decided.askNotes ? addWork(own, NOTES) : own;
    if (decided.askNotes) notesAt = size.context;
    tokens = addTokens(tokens, turnTokens(size.context, size.warm, work));
    size = { context: size.context + work.growth, warm: 0 };
    recent += work.growth;
    total += turn.growth;
  }
  return { tokens, usd: priceTokens(tokens, setting.rates), fresh, compacted };
}

const BEGIN: Choice = { choice: 'continue', askNotes: false };

/** What an agent without a past is taken for. */
const UNKNOWN: Habits = { work: { calls: 4, growth: 4_000, output: 500 }, coldShare: 0.2 };

/** The habits that turns show; with few of them, between these and what is usual. */
export function habitsOf(turns: readonly (Work & { readonly gapMs: number })[], lifeMs: number): Habits {
  // As if two usual turns had come before.
  const weight = 2;
  const mean = (of: (turn: Work) => number, usual: number) =>
    (turns.reduce((sum, turn) => sum + of(turn), 0) + usual * weight) / (turns.length + weight);
  return {
    work: {
      calls: mean(({ calls }) => calls, UNKNOWN.work.calls),
      growth: mean(({ growth }) => growth, UNKNOWN.work.growth),
      output: mean(({ output }) => output, UNKNOWN.work.output),
    },
    coldShare:
      (turns.filter(({ gapMs }) => gapMs > lifeMs).length + UNKNOWN.coldShare * weight) / (turns.length + weight),
  };
}
