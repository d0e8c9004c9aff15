import { Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { OpInput } from '../../../../protocol/op.ts';
import { readSize, sayQuota, saySize } from '../../../../protocol/quota-words.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useFormChange } from '../data/mutations.ts';
import { ChoiceField } from './choice-field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { TextField } from './text-field.tsx';
import { WhoField } from './who-field.tsx';

type Quota = OpInput<BrowserOperations['setEgressQuota']>;

const PERIODS: { value: Quota['per']; label: string }[] = [
  { value: 'day', label: 'a day' },
  { value: 'hour', label: 'an hour' },
  { value: 'month', label: 'a month' },
];

/** The form of a new quota of traffic, or of the size of one (`quota`). */
export function QuotaForm({ quota, onClose }: { quota: (Quota & { bytes: number }) | null; onClose: () => void }) {
  const [subject, setSubject] = useState<string>(quota?.subject ?? '');
  const [size, setSize] = useState(quota === null ? '' : saySize(quota.bytes));
  const [per, setPer] = useState<Quota['per']>(quota?.per ?? 'day');
  const set = useFormChange('setEgressQuota', ['hosts']);
  const against = sortProblems(set.error, { known: ['subject', 'bytes'], byCode: { unknown_agent: 'subject' } });
  const bytes = readSize(size);
  return (
    <FormDialog
      title={quota === null ? 'New quota' : `Quota for ${quota.subject === '*' ? 'every agent' : quota.subject}`}
      verb={quota === null ? 'Set it' : 'Change it'}
      isReady={subject.trim() !== '' && bytes !== null}
      isPending={set.isPending}
      problem={against.whole}
      onClose={onClose}
      onSubmit={() =>
        set.mutate(
          { subject: subject.trim() as Quota['subject'], per, bytes },
          {
            onSuccess: ({ quota: made }) => {
              if (made !== null) notifications.show({ message: `The quota is ${sayQuota(made)}.` });
              onClose();
            },
          },
        )
      }
    >
      {quota === null && <WhoField value={subject} error={against.fields['subject']} everyone onChange={setSubject} />}
      <Group grow align="flex-start" gap="md">
        <TextField
          label="Size"
          description="Both directions together"
          placeholder="5 GB"
          value={size}
          error={against.fields['bytes'] ?? (size.trim() !== '' && bytes === null ? 'Like 500 MB or 5 GB.' : undefined)}
          isFirst={quota !== null}
          onChange={setSize}
        />
        <ChoiceField
          label="Per"
          description="In the hive’s time zone"
          value={per}
          disabled={quota !== null}
          options={PERIODS}
          onChange={setPer}
        />
      </Group>
    </FormDialog>
  );
}
