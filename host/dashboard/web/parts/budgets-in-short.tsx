import { Progress, Text } from '@mantine/core';
import { Link } from 'wouter';
import { sayAmount, sayBudget } from '../../../../protocol/budget-words.ts';
import { useBudgets } from '../data/queries.ts';
import classes from './gateway.module.css';
import { PanelList } from './panel-list.tsx';
import { QueryList } from './query-list.tsx';

/** The budgets that are shown: those of which most is used. */
const SHOWN = 5;

/** The budgets nearest to their end; *Money* has all of them. */
export function BudgetsInShort() {
  return (
    <QueryList of={useBudgets()} loading={{ rows: 1 }} empty={null}>
      {({ budgets }) => {
        const nearest = budgets.toSorted((a, b) => b.spent / b.amount - a.spent / a.amount).slice(0, SHOWN);
        return (
          <>
            {budgets.length === 0 ? (
              <Text c="dimmed">No budget limits what agents use.</Text>
            ) : (
              <PanelList label="Budgets">
                {nearest.map((budget) => {
                  const share = Math.min(100, (budget.spent / budget.amount) * 100);
                  return (
                    <li key={budget.id} className={classes.line} aria-label={sayBudget(budget)}>
                      <span>
                        {sayBudget(budget)}
                        {budget.stopped.length > 0 && (
                          <Text span inherit c="var(--hive-bad)">
                            {' '}
                            · {budget.stopped.length === 1 ? budget.stopped[0] : `${budget.stopped.length} agents`}{' '}
                            {budget.stopped.length === 1 ? 'waits' : 'wait'}
                          </Text>
                        )}
                      </span>
                      <Progress
                        value={share}
                        color={share >= 100 ? 'red' : share >= 80 ? 'orange' : 'green'}
                        aria-label={`Used of ${sayBudget(budget)}`}
                        size={6}
                        w={120}
                      />
                      <Text span size="sm" c="dimmed" w={170} ta="right" data-num>
                        {sayAmount(budget.unit, budget.spent)} used
                      </Text>
                    </li>
                  );
                })}
              </PanelList>
            )}
            <p className={classes.under}>
              {budgets.length > SHOWN && `${budgets.length - SHOWN} more. `}
              <Link href="/money" className="text-link">
                Budgets and costs: Money
              </Link>
            </p>
          </>
        );
      }}
    </QueryList>
  );
}
