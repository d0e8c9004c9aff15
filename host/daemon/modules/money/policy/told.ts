import type { Told } from '../store/budgets.ts';

/** The operator is warned when this share of a budget is used. */
const WARN_AT = 0.8;

/** What the operator is told now of a window that was told of as `told`; null for nothing new. */
export function decideTold(facts: { spent: number; amount: number; told: Told }): 'warned' | 'reached' | null {
  if (facts.spent >= facts.amount) return facts.told === 'reached' ? null : 'reached';
  return facts.spent >= facts.amount * WARN_AT && facts.told === '' ? 'warned' : null;
}
