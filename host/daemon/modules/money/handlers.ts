import { type CostGroup, MOST_DAILY_ROWS } from '../../../../protocol/operations/money.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import type { BillRequests } from './bill-requests.ts';
import { reconcileCosts, type ReconcileDeps } from './reconcile-costs.ts';
import { listPrices, type PriceDeps } from './list-prices.ts';
import { sumDaily } from './policy/daily.ts';
import { dayStarts, spanOf, type Window, windowOf } from './policy/windows.ts';
import { dayNames, sumByDay, sumUsage } from './policy/sums.ts';
import type { Money } from './serve-money.ts';
import { spentBy, spentInSpans, type Spent } from './store/spending.ts';

export interface MoneyHandlerDeps extends PriceDeps, ReconcileDeps {
  providerList: PriceDeps['providerList'];
  bills: Pick<BillRequests, 'ask' | 'hear'>;
  money: Pick<Money, 'set' | 'remove' | 'list'>;
}

/** The operator's budgets and costs. */
export function handleMoney(deps: MoneyHandlerDeps) {
  const { db, money, timeZone, clock } = deps;
  const rowsBy = (by: CostGroup, window: Window): Spent[] =>
    by === 'day' ? sumByDay(spentBy(db, 'slot', window), dayNames(timeZone)) : spentBy(db, by, window);
  return {
    operator: {
      setBudget: (budget, { caller }) => money.set(budget, caller),
      removeBudget: async ({ id }, { caller }) => ({ removed: await money.remove(id, caller) }),
      listBudgets: () => ({ budgets: money.list(), timeZone }),
      listPrices: (input) => listPrices(deps, input),
      listCosts({ span, by }) {
        const window = spanOf(span, clock(), timeZone);
        const rows = rowsBy(by, window);
        const dearest = (a: Spent, b: Spent) => b.usage.costUsd - a.usage.costUsd || b.calls - a.calls;
        return {
          from: window.start,
          timeZone,
          rows: by === 'day' ? rows : rows.toSorted(dearest),
          total: sumUsage(rows),
        };
      },
      listDailyCosts({ days: count, by }) {
        const now = clock();
        const starts = dayStarts(count, now, timeZone);
        const { end } = windowOf('day', now, timeZone);
        const spans = starts.map((start, index) => [start, starts[index + 1] ?? end ?? start] as const);
        const days = starts.map(dayNames(timeZone));
        return {
          timeZone,
          days,
          ...sumDaily(spentInSpans(db, by, spans), { days: days.length, most: MOST_DAILY_ROWS }),
        };
      },
    },
    admin: { reconcileCosts: (input) => reconcileCosts(deps, input) },
    gateway: {
      reportBill(report) {
        deps.bills.hear(report);
        return {};
      },
    },
  } satisfies ModuleHandlers;
}
