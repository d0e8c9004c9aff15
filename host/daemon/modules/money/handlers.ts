import type { CostGroup } from '../../../../protocol/operations/money.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { spanStart } from './policy/windows.ts';
import { dayNames, sumByDay, sumUsage } from './policy/sums.ts';
import type { Money } from './serve-money.ts';
import { spentBy, type Spent } from './store/spending.ts';

export interface MoneyHandlerDeps {
  db: Db;
  money: Pick<Money, 'set' | 'remove' | 'list'>;
  timeZone: string;
  clock: () => number;
}

/** The operator's budgets and costs. */
export function handleMoney({ db, money, timeZone, clock }: MoneyHandlerDeps) {
  const rowsBy = (by: CostGroup, since: number): Spent[] =>
    by === 'day' ? sumByDay(spentBy(db, 'slot', since), dayNames(timeZone)) : spentBy(db, by, since);
  return {
    operator: {
      setBudget: (budget, { caller }) => money.set(budget, caller),
      removeBudget: async ({ id }, { caller }) => ({ removed: await money.remove(id, caller) }),
      listBudgets: () => ({ budgets: money.list(), timeZone }),
      listCosts({ span, by }) {
        const from = spanStart(span, clock(), timeZone);
        const rows = rowsBy(by, from);
        const dearest = (a: Spent, b: Spent) => b.usage.costUsd - a.usage.costUsd || b.calls - a.calls;
        return {
          from,
          timeZone,
          rows: by === 'day' ? rows : rows.toSorted(dearest),
          total: sumUsage(rows),
        };
      },
    },
  } satisfies ModuleHandlers;
}
