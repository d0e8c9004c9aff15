import type { BudgetUnit } from '../../../protocol/schemas/budget.ts';

/** What a call uses or may use, by the unit that a budget counts; `usd` is null when no price is known. */
export interface Amounts {
  readonly usd: number | null;
  readonly tokens: number;
  readonly requests: number;
}

/** A budget that a call counts in, as it stands now. */
export interface BudgetFacts {
  readonly id: number;
  readonly window: number;
  readonly unit: BudgetUnit;
  readonly amount: number;
  /** Used by calls that are over. */
  readonly settled: number;
  /** Reserved for calls under way, and what those have used so far. */
  readonly reserved: number;
  readonly running: number;
  /** What the agent is told when it is used up. */
  readonly words: string;
}

export type BudgetDecision =
  | { readonly do: 'allow' }
  /** Nothing is left only because of what is reserved: some of it may be given back. */
  | { readonly do: 'wait' }
  | { readonly do: 'refuse'; readonly budget: BudgetFacts; readonly words: string };

/**
 * Decides whether a call may begin under its budgets. `input` is what its request alone is expected to use, `unit` by
 * unit. It may begin while anything is left beside all reservations: so agents that share a budget overshoot it by at
 * most one call's reservation, whatever their number, and a call that uses more than is left is cut off.
 */
export function decideBudget(budgets: readonly BudgetFacts[], input: Amounts): BudgetDecision {
  let wait = false;
  for (const budget of budgets) {
    const { unit, amount, settled, reserved, running } = budget;
    const asked = input[unit];
    if (asked === null) {
      const words =
        'No price is known for this model, and a budget in dollars holds. The operator can set one in tokens.';
      return { do: 'refuse', budget, words };
    }
    if (settled >= amount) return { do: 'refuse', budget, words: budget.words };
    if (settled + running + asked > amount) {
      const words = `What is left does not carry this request. ${budget.words}`;
      return { do: 'refuse', budget, words };
    }
    wait ||= settled + reserved >= amount;
  }
  return { do: wait ? 'wait' : 'allow' };
}

/** Whether the calls under way have used a budget up. */
export function exceeds({ settled, running, amount }: Pick<BudgetFacts, 'settled' | 'running' | 'amount'>): boolean {
  return settled + running > amount;
}
