import { Button, Group, Progress, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { sayAmount, sayBudget, sayPeriod } from '../../../../protocol/budget-words.ts';
import type { BudgetView } from '../../../../protocol/schemas/budget.ts';
import { formatDateTime } from '../data/format.ts';
import { useChange } from '../data/mutations.ts';
import { BudgetForm } from './budget-form.tsx';
import { useConfirm } from './confirm.tsx';
import classes from './money.module.css';
import { Countdown } from './now.tsx';
import rows from './providers.module.css';

/** A budget: how much of it is used, who waits because of it, and the actions on it. */
export function BudgetItem({ budget }: { budget: BudgetView }) {
  const { scope, unit, per, amount, spent, until, agents, stopped } = budget;
  const [isChanging, setChanging] = useState(false);
  const ask = useConfirm();
  const remove = useChange('removeBudget', ['money', 'agents'], () =>
    notifications.show({ message: `${sayBudget(budget)}: lifted.` }),
  );
  const share = Math.min(100, (spent / amount) * 100);
  return (
    <li className={rows.item} aria-label={sayBudget(budget)}>
      <div className={rows.row}>
        <div className={rows.what}>
          <h2>{scope === 'hive' ? 'The hive' : scope}</h2>
          <Text size="sm" c="dimmed" component="div">
            {sayAmount(unit, amount)} {sayPeriod(per)}
            {until !== null && (
              <>
                {' · begins again in '}
                <Countdown until={until} />
              </>
            )}
            {agents.length !== 1 && ` · ${agents.length} agents`}
          </Text>
        </div>
        <Group gap={8}>
          <Button variant="default" size="xs" onClick={() => setChanging(true)}>
            Change
          </Button>
          <Button
            variant="default"
            size="xs"
            c="var(--hive-bad)"
            loading={remove.isPending}
            onClick={() =>
              ask({
                title: `Lift this budget?`,
                text: `${sayBudget(budget)}: agents that wait because of it go on at once, and nothing limits them in its place.`,
                verb: 'Lift it',
                keep: 'Keep it',
                onConfirm: () => remove.mutate({ id: budget.id }),
              })
            }
          >
            Lift
          </Button>
        </Group>
      </div>
      <div className={classes.used}>
        <Progress
          value={share}
          color={share >= 100 ? 'red' : share >= 80 ? 'orange' : 'green'}
          aria-label={`Used of ${sayBudget(budget)}`}
          size={8}
          flex={1}
        />
        <span data-num>
          {sayAmount(unit, spent)}
          {per === 'turn' ? ' by the running turn' : ' used'}
        </span>
      </div>
      {stopped.length > 0 && (
        <Text size="sm" c="var(--hive-bad)">
          {stopped.join(', ')} {stopped.length === 1 ? 'waits' : 'wait'} because of it.
        </Text>
      )}
      <History budget={budget} />
      {isChanging && <BudgetForm budget={budget} onClose={() => setChanging(false)} />}
    </li>
  );
}

/** What was used in earlier windows, oldest first, as bars beside the amount. */
function History({ budget: { history, unit, amount } }: { budget: BudgetView }) {
  if (history.length === 0) return null;
  const most = Math.max(amount, ...history.map(({ spent }) => spent));
  return (
    <ol className={classes.history} aria-label="Earlier">
      {history.toReversed().map(({ from, spent }) => (
        <li
          key={from}
          title={`From ${formatDateTime(from)}: ${sayAmount(unit, spent)}`}
          aria-label={`From ${formatDateTime(from)}: ${sayAmount(unit, spent)}`}
          style={{ height: `${Math.max(6, (spent / most) * 100)}%` }}
        />
      ))}
    </ol>
  );
}
