import { Checkbox, Group, NumberInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { BranchRule } from '../../../../protocol/schemas/pull.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useFormChange } from '../data/mutations.ts';
import { readStatuses, writeStatuses } from '../data/rule-statuses.ts';
import { ChoiceField } from './choice-field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { TextField } from './text-field.tsx';

const DIRECT: { value: BranchRule['direct']; label: string }[] = [
  { value: 'nobody', label: 'nobody' },
  { value: 'merge', label: 'those who may merge' },
];
const MOST_APPROVALS = 10;

/** The form of a branch rule; `given` null: a new one. */
export function BranchRuleForm(props: { owner: string; name: string; given: BranchRule | null; onClose: () => void }) {
  const { owner, name, given, onClose } = props;
  const [pattern, setPattern] = useState(given?.pattern ?? '');
  const [approvals, setApprovals] = useState<number | string>(given?.approvals ?? 1);
  const [direct, setDirect] = useState(given?.direct ?? 'nobody');
  const [keepOnRebase, setKeepOnRebase] = useState(given?.keepOnRebase ?? false);
  const [owners, setOwners] = useState(given?.owners ?? false);
  const [roles, setRoles] = useState(given?.roles.join(', ') ?? '');
  const givenStatuses = writeStatuses(given?.statuses ?? []);
  const [statuses, setStatuses] = useState(givenStatuses);
  const [queue, setQueue] = useState(given?.queue ?? false);
  const set = useFormChange('setRule', ['pulls'], () => {
    notifications.show({ message: `${pattern.trim()} is protected.` });
    onClose();
  });
  const against = sortProblems(set.error, { known: ['pattern', 'approvals', 'direct', 'roles', 'statuses'] });
  return (
    <FormDialog
      title={given === null ? 'New rule' : `Rule of ${given.pattern}`}
      verb={given === null ? 'Protect' : 'Save'}
      isReady={pattern.trim() !== '' && typeof approvals === 'number'}
      isPending={set.isPending}
      problem={against.whole}
      onClose={onClose}
      onSubmit={() =>
        set.mutate({
          owner: owner as never,
          name: name as never,
          pattern: pattern.trim(),
          approvals: Number(approvals),
          direct,
          keepOnRebase,
          owners,
          roles: readRoles(roles),
          queue,
          // A context with a comma or "@" cannot be written here, and stays.
          statuses: statuses === givenStatuses ? (given?.statuses ?? []) : readStatuses(statuses),
        })
      }
    >
      <TextField
        label="Branches"
        description="A branch, or a pattern: * stands for anything but “/”, ** for anything"
        value={pattern}
        disabled={given !== null}
        error={against.fields['pattern']}
        isFirst
        mb="md"
        onChange={setPattern}
      />
      <Group grow align="flex-start" gap="md">
        <NumberInput
          label="Approvals needed"
          min={0}
          max={MOST_APPROVALS}
          allowDecimal={false}
          value={approvals}
          error={against.fields['approvals']}
          onChange={setApprovals}
        />
        <ChoiceField label="Who pushes directly" value={direct} options={DIRECT} onChange={setDirect} />
      </Group>
      <TextField
        label="Roles of agents that approve"
        description="Separated by commas; one agent of each has to approve"
        value={roles}
        error={against.fields['roles']}
        mt="md"
        onChange={setRoles}
      />
      <TextField
        label="Statuses that are needed"
        description="Separated by commas: ci/build for one of yours, ci/build@AGENT for one of an agent"
        value={statuses}
        error={against.fields['statuses']}
        mt="md"
        onChange={setStatuses}
      />
      <Checkbox
        mt="md"
        label="Owners of the changed paths approve"
        description="As .hive/CODEOWNERS in the branch names them"
        checked={owners}
        onChange={(event) => setOwners(event.currentTarget.checked)}
      />
      <Checkbox
        mt="md"
        label="Keep approvals over a rebase"
        description="Or an update from the base, if it changes nothing else"
        checked={keepOnRebase}
        onChange={(event) => setKeepOnRebase(event.currentTarget.checked)}
      />
      <Checkbox
        mt="md"
        label="Merges go through a queue"
        description="Pull requests are tested together before they are merged, in order"
        checked={queue}
        onChange={(event) => setQueue(event.currentTarget.checked)}
      />
    </FormDialog>
  );
}

function readRoles(text: string): string[] {
  return text
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');
}
