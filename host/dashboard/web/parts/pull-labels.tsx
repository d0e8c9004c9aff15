import { Group, NativeSelect, UnstyledButton } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { PullView } from '../../../../protocol/schemas/pull.ts';
import { useFormChange } from '../data/mutations.ts';
import { inputOf, useLabels } from '../data/pull-queries.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { ActionButton } from './action-button.tsx';
import { LabelChip } from './label-chip.tsx';
import { Problem } from './pull-state.tsx';
import chips from './label-chip.module.css';
import classes from './pull.module.css';

/** The labels of a pull request, and the field that adds one of its repository's. */
export function PullLabels({ pull }: { pull: PullView }) {
  const { owner, name, labels } = pull;
  const known = useLabels(owner, name).data?.labels ?? [];
  const others = known.filter((one) => !labels.some((label) => label.name === one.name));
  const [chosen, setChosen] = useState('');
  const change = useFormChange('editPull', ['pulls'], () => setChosen(''));
  return (
    <section className={`panel ${classes.box}`} aria-label="Labels">
      <h2 className={classes.boxTitle}>Labels</h2>
      {labels.length === 0 ? (
        <p className={classes.none}>It has none.</p>
      ) : (
        <span className={chips.chips}>
          {labels.map((label) => (
            <LabelChip key={label.name} label={label}>
              <UnstyledButton
                className={chips.remove}
                aria-label={`Remove ${showHiddenLine(label.name)}`}
                disabled={change.isPending}
                onClick={() => change.mutate({ ...inputOf(pull), removeLabels: [label.name] })}
              >
                <IconX size={12} aria-hidden />
              </UnstyledButton>
            </LabelChip>
          ))}
        </span>
      )}
      {others.length > 0 && (
        <Group gap={8} wrap="nowrap" align="flex-end">
          <NativeSelect
            size="xs"
            flex={1}
            label="Add a label"
            value={chosen}
            data={[
              { value: '', label: '…' },
              ...others.map((label) => ({ value: label.name, label: showHiddenLine(label.name) })),
            ]}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
          <ActionButton
            reason={chosen === '' ? 'Choose one.' : null}
            loading={change.isPending}
            onClick={() => change.mutate({ ...inputOf(pull), addLabels: [chosen] })}
          >
            Add
          </ActionButton>
        </Group>
      )}
      <Link href={`/forge/${owner}/${name}/labels`} className="text-link" style={{ fontSize: 13 }}>
        {known.length === 0 ? 'Make labels for this repository' : 'Labels of this repository'}
      </Link>
      <Problem error={change.error} />
    </section>
  );
}
