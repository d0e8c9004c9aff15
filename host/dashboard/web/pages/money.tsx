import { Button, Title } from '@mantine/core';
import { IconCoin } from '@tabler/icons-react';
import { useState } from 'react';
import { useBudgets } from '../data/queries.ts';
import { BudgetForm } from '../parts/budget-form.tsx';
import { BudgetItem } from '../parts/budget-item.tsx';
import { CostChart } from '../parts/cost-chart.tsx';
import { CostTable } from '../parts/cost-table.tsx';
import { Page, PageHead } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { QueryList } from '../parts/query-list.tsx';
import { TokenChart } from '../parts/token-chart.tsx';

/** Budgets, what is used of them, and what calls to models cost. */
export function MoneyPage() {
  const [isNew, setNew] = useState(false);
  return (
    <Page narrow>
      <PageHead
        title="Money"
        documentTitle="Money"
        about="When a budget is used up its agents wait, and so does their mail; nothing is lost."
      >
        <Button onClick={() => setNew(true)}>New budget</Button>
      </PageHead>
      {isNew && <BudgetForm budget={null} onClose={() => setNew(false)} />}
      <QueryList
        of={useBudgets()}
        loading={{ rows: 2, height: 92 }}
        isEmpty={({ budgets }) => budgets.length === 0}
        empty={{
          icon: IconCoin,
          title: 'No budgets',
          text: 'Agents may use what their provider allows. A budget limits dollars, tokens or requests, for one agent or for many.',
        }}
      >
        {({ budgets }) => (
          <PanelList label="Budgets">
            {budgets.map((budget) => (
              <BudgetItem key={budget.id} budget={budget} />
            ))}
          </PanelList>
        )}
      </QueryList>
      <Title order={2} size="h4" mt={36} mb="sm">
        Spending by day
      </Title>
      <CostChart />
      <Title order={2} size="h4" mt={36} mb="sm">
        Sums
      </Title>
      <CostTable />
      <Title order={2} size="h4" mt={36} mb="sm">
        Turns by day
      </Title>
      <TokenChart />
    </Page>
  );
}
