import type { FinishInput, HarnessState } from '../../protocol/schemas/harness.ts';
import type { Verdict } from '../driver/driver.ts';

/** The cause of a turn's end. */
export type Cause =
  | 'done'
  | 'interrupted'
  | 'limit_reached'
  | 'login_refused'
  | 'provider_away'
  | 'box_short'
  | 'budget_used'
  | 'cli_broken'
  | 'mail_unseen'
  | 'conversation_spent'
  | 'no_answer'
  | 'no_progress'
  | 'time_over'
  | 'turn_failed';

/** The consequences of a cause. Pauses double from `firstMs` up to `maxMs`, with jitter; null is no pause. */
export interface Fault {
  readonly whose: 'nobody' | 'operator' | 'provider' | 'box' | 'installation' | 'hive' | 'conversation' | 'message';
  readonly outcome: FinishInput['outcome'];
  readonly state: HarnessState['state'];
  readonly pause: { readonly firstMs: number; readonly maxMs: number } | null;
  /**
   * `on_proof`: counts against the mail only when the model had answered, or the agent finished other mail in
   * between.
   */
  readonly counts: 'never' | 'on_proof';
  /**
   * Whether the next turn continues the session. `second`, `third`: dropped with that consecutive end of this kind.
   */
  readonly session: 'keep' | 'drop' | 'second' | 'third';
}

const FIVE_MINUTES = 5 * 60_000;
const QUARTER = 15 * 60_000;
const FAILED = { state: 'backing_off', pause: { firstMs: 1_000, maxMs: FIVE_MINUTES }, counts: 'on_proof' } as const;

/** The consequences of each cause of a turn's end, in one table. docs/reliability.md is generated from it. */
export const FAULTS: Readonly<Record<Cause, Fault>> = {
  done: { whose: 'nobody', outcome: 'done', state: 'idle', pause: null, counts: 'never', session: 'keep' },
  interrupted: {
    whose: 'operator',
    outcome: 'interrupted',
    state: 'idle',
    pause: null,
    counts: 'never',
    session: 'keep',
  },
  limit_reached: {
    whose: 'provider',
    outcome: 'rate_limited',
    state: 'rate_limited',
    pause: { firstMs: 60_000, maxMs: QUARTER },
    counts: 'never',
    session: 'keep',
  },
  login_refused: {
    whose: 'operator',
    outcome: 'needs_login',
    state: 'needs_login',
    pause: { firstMs: 60_000, maxMs: QUARTER },
    counts: 'never',
    session: 'keep',
  },
  provider_away: {
    whose: 'provider',
    outcome: 'outage',
    state: 'outage',
    pause: { firstMs: 5_000, maxMs: FIVE_MINUTES },
    counts: 'never',
    session: 'keep',
  },
  box_short: {
    whose: 'box',
    outcome: 'starved',
    state: 'starved',
    pause: { firstMs: 15_000, maxMs: FIVE_MINUTES },
    counts: 'never',
    session: 'keep',
  },
  budget_used: {
    whose: 'operator',
    outcome: 'budget',
    state: 'budget',
    pause: { firstMs: 60_000, maxMs: QUARTER },
    counts: 'never',
    session: 'keep',
  },
  cli_broken: { whose: 'installation', outcome: 'failed', ...FAILED, session: 'keep' },
  mail_unseen: {
    whose: 'hive',
    outcome: 'interrupted',
    state: 'backing_off',
    pause: { firstMs: 1_000, maxMs: FIVE_MINUTES },
    counts: 'never',
    session: 'keep',
  },
  conversation_spent: { whose: 'conversation', outcome: 'failed', ...FAILED, session: 'drop' },
  no_answer: {
    whose: 'message',
    outcome: 'failed',
    ...FAILED,
    session: 'third',
  },
  no_progress: {
    whose: 'conversation',
    outcome: 'interrupted',
    state: 'backing_off',
    pause: { firstMs: 1_000, maxMs: FIVE_MINUTES },
    counts: 'never',
    session: 'second',
  },
  time_over: { whose: 'message', outcome: 'timed_out', ...FAILED, session: 'third' },
  turn_failed: { whose: 'message', outcome: 'failed', ...FAILED, session: 'third' },
};

const CAUSES: Record<Exclude<Verdict['kind'], 'failed'>, Cause> = {
  done: 'done',
  interrupted: 'interrupted',
  rate_limited: 'limit_reached',
  needs_login: 'login_refused',
  outage: 'provider_away',
  starved: 'box_short',
  budget: 'budget_used',
  cli_broken: 'cli_broken',
  mail_unseen: 'mail_unseen',
  timed_out: 'time_over',
  stuck: 'no_progress',
  empty: 'no_answer',
};

export function causeOf(verdict: Verdict): Cause {
  if (verdict.kind !== 'failed') return CAUSES[verdict.kind];
  return verdict.sessionSpent ? 'conversation_spent' : 'turn_failed';
}
