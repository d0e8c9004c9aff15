import { Group, Modal, NativeSelect, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { sayBudget } from '../../../../protocol/budget-words.ts';
import type { OpInput } from '../../../../protocol/op.ts';
import type { BudgetView } from '../../../../protocol/schemas/budget.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useFormChange } from '../data/mutations.ts';
import { FormShell } from './form-shell.tsx';

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
    <Modal opened onClose={onClose} title={title} centered>
      <FormShell
        label={title}
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
          <TextInput
            label="For"
            description="An agent, @role:name, subtree:agent (with everybody below it), or hive"
            value={scope}
            error={against.fields['scope']}
            autoComplete="off"
            spellCheck={false}
            mb="md"
            onChange={(event) => setScope(event.currentTarget.value)}
          />
        )}
        <Group grow align="flex-start" gap="md">
          <TextInput
            label="Amount"
            value={amount}
            error={against.fields['amount'] ?? (amount !== '' && !isAmount ? 'A number above 0.' : undefined)}
            inputMode="decimal"
            autoComplete="off"
            data-autofocus
            onChange={(event) => setAmount(event.currentTarget.value)}
          />
          <NativeSelect
            label="Of"
            value={unit}
            disabled={budget !== null}
            data={UNITS}
            onChange={(event) => setUnit(event.currentTarget.value as Budget['unit'])}
          />
          <NativeSelect
            label="Per"
            value={per}
            disabled={budget !== null}
            data={PERIODS}
            onChange={(event) => setPer(event.currentTarget.value as Budget['per'])}
          />
        </Group>
      </FormShell>
    </Modal>
  );
}
