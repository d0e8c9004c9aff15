import { Group, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { PullDescription } from '../../../../protocol/schemas/pull.ts';
import { useFormChange } from '../data/mutations.ts';
import { formatName } from '../data/plain-text.ts';
import { inputOf } from '../data/pull-queries.ts';
import { listReviewers, type ReviewerState } from '../data/pull-view.ts';
import type { StateStyle } from '../data/order-fleet.ts';
import { useFleet } from '../data/queries.ts';
import { ActionButton } from './action-button.tsx';
import { Dot } from './dot.tsx';
import { Person } from './person.tsx';
import { Problem } from './pull-state.tsx';
import classes from './pull.module.css';

const COLORS: Readonly<Record<ReviewerState['says'], StateStyle['color']>> = {
  approved: 'green',
  'wants changes': 'red',
  'approved an older commit': 'gray',
  'not yet': 'gray',
};

/** Who was asked for a review or gave one, and the field that asks further agents. */
export function PullReviewers({ description }: { description: PullDescription }) {
  const { pull } = description;
  const reviewers = listReviewers(description);
  const agents = useFleet().data?.agents.map(({ name }) => name as string) ?? [];
  const others = ['operator', ...agents].filter(
    (name) => name !== pull.author && !description.reviewers.includes(name),
  );
  const [chosen, setChosen] = useState('');
  const ask = useFormChange('editPull', ['pulls'], () => setChosen(''));
  return (
    <section className={`panel ${classes.box}`} aria-label="Reviewers">
      <h2 className={classes.boxTitle}>Reviewers</h2>
      {reviewers.length === 0 ? (
        <p className={classes.none}>Nobody was asked.</p>
      ) : (
        <ul className={classes.people}>
          {reviewers.map(({ name, says }) => (
            <li key={name}>
              <Person name={name} />
              <span className={classes.says}>
                <Dot color={COLORS[says]} hollow={says === 'not yet'} /> {says}
              </span>
            </li>
          ))}
        </ul>
      )}
      {pull.state === 'open' && (
        <Group gap={8} wrap="nowrap" align="flex-end">
          <NativeSelect
            size="xs"
            flex={1}
            label="Ask for a review"
            value={chosen}
            data={[{ value: '', label: '…' }, ...others.map((value) => ({ value, label: formatName(value) }))]}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
          <ActionButton
            reason={chosen === '' ? 'Choose who.' : null}
            loading={ask.isPending}
            onClick={() => ask.mutate({ ...inputOf(pull), reviewers: [chosen as never] })}
          >
            Ask
          </ActionButton>
        </Group>
      )}
      <Problem error={ask.error} />
    </section>
  );
}
