import type { Config } from '../../config/schema.ts';
import type { Module } from '../../core/module.ts';
import { pruneByAge } from '../../core/retention.ts';
import { handleMoney, type MoneyHandlerDeps } from './handlers.ts';
import { scopesNaming } from './policy/scope.ts';
import type { Money } from './serve-money.ts';
import { deleteBudgetsOf, pruneWindows } from './store/budgets.ts';
import { pruneSpending } from './store/spending.ts';

/** Events after which a budget may be about other agents. */
const CHANGES_LINE: ReadonlySet<string> = new Set(['agent.created', 'agent.changed', 'agent.destroyed']);

/** What calls to models cost, and the budgets that limit it. */
export function moneyModule(
  deps: MoneyHandlerDeps & {
    money: Pick<Money, 'push' | 'turnStarted' | 'nextDueAt' | 'fireDue'>;
    retention: Config['retention'];
  },
) {
  const { money, retention } = deps;
  return {
    name: 'money',
    handlers: handleMoney(deps),
    // Spending stays: it was paid. A budget about this agent alone, or about it and those below it, has no owner now.
    onAgentRetired: (tx, { name }) => void deleteBudgetsOf(tx.db, scopesNaming(name)),
    nextDueAt: money.nextDueAt,
    fireDue: money.fireDue,
    onEvent(event) {
      if (CHANGES_LINE.has(event.kind)) money.push();
      if (event.kind === 'turn.started') money.turnStarted();
    },
    retention: [
      pruneByAge(retention.costs_days, (tx, look) => pruneSpending(tx.db, look)),
      pruneByAge(retention.costs_days, (tx, look) => pruneWindows(tx.db, look)),
    ],
  } satisfies Module;
}
