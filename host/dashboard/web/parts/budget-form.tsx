import { Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { sayBudget } from '../../../../protocol/budget-words.ts';
import type { OpInput } from '../../../../protocol/op.ts';
import type { BudgetView } from '../../../../protocol/schemas/budget.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useFormChange } from '../data/mutations.ts';
import { ChoiceField } from './choice-field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { TextField } from './text-field.tsx';

type Budget = OpInput<BrowserOperations['setBudget']>;

const UNITS: { value: Budget['unit']; label: string }[] = [
  { value: 'usd', label: 'dollars' },
  { value: 'tokens', label: 'tokens' },
  { value: 'requests', label: 'requests' },
];
const PERIODS: { value: Budget['per']; label: string }[] = [
  { value: 'day', label: 'a day' },
  { value: 'hour', label: 'an hour' },
  { value: 'month', label: 'a month' },
  { value: 'turn', label: 'a turn' },
  { value: 'total', label: 'in total' },
];

/** The form of a new budget, or of the amount of one (`budget`). */
export function BudgetForm({ budget, onClose }: { budget: BudgetView | null; onClose: () => void }) {
  const [scope, setScope] = useState<string>(budget?.scope ?? 'hive');
  const [amount, setAmount] = useState(budget === null ? '' : String(budget.amount));
  const [unit, setUnit] = useState<Budget['unit']>(budget?.unit ?? 'usd');
  const [per, setPer] = useState<Budget['per']>(budget?.per ?? 'day');
  const set = useFormChange('setBudget', ['money', 'agents']);
  const against = sortProblems(set.error, { known: ['scope', 'amount'], byCode: { unknown_agent: 'scope' } });
  const number = Number(amount);
  const isAmount = amount.trim() !== '' && Number.isFinite(number) && number > 0;
  const title = budget === null ? 'New budget' : `Budget for ${budget.scope === 'hive' ? 'the hive' : budget.scope}`;
  return (
    <FormDialog
      title={title}
      verb={budget === null ? 'Set it' : 'Change it'}
      isReady={scope.trim() !== '' && isAmount}
      isPending={set.isPending}
      problem={against.whole}
      onClose={onClose}
      onSubmit={() =>
        set.mutate(
          { scope: scope.trim() as Budget['scope'], unit, per, amount: number },
          {
            onSuccess: ({ budget: made }) => {
              notifications.show({ message: `${sayBudget(made)}. Agents that it stopped go on.` });
              onClose();
            },
          },
        )
      }
    >
      {budget === null && (
        <TextField
          label="For"
          description="An agent, @role:name, subtree:agent (with everybody below it), or hive"
          value={scope}
          error={against.fields['scope']}
          mb="md"
          onChange={setScope}
        />
      )}
      <Group grow align="flex-start" gap="md">
        <TextField
          label="Amount"
          value={amount}
          error={against.fields['amount'] ?? (amount !== '' && !isAmount ? 'A number above 0.' : undefined)}
          inputMode="decimal"
          isFirst
          onChange={setAmount}
        />
        <ChoiceField label="Of" value={unit} disabled={budget !== null} options={UNITS} onChange={setUnit} />
        <ChoiceField label="Per" value={per} disabled={budget !== null} options={PERIODS} onChange={setPer} />
      </Group>
    </FormDialog>
  );
}
