import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { parseForkHead } from '../../../../protocol/pull-heads.ts';
import type { PullDescription, UpdateMethod } from '../../../../protocol/schemas/pull.ts';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useFormChange } from '../data/mutations.ts';
import { inputOf } from '../data/pull-queries.ts';
import { pullPath } from '../data/pull-view.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { ActionButton } from './action-button.tsx';
import { ChoiceField } from './choice-field.tsx';
import { useConfirm } from './confirm.tsx';
import { Problem } from './pull-state.tsx';

const METHODS: { value: UpdateMethod; label: string }[] = [
  { value: 'merge', label: 'By a merge commit' },
  { value: 'rebase', label: 'Its commits anew on the base (rebase)' },
];

/** Brings the base's commits into a pull request that lacks some; nothing while it lacks none. */
export function PullUpdate({ description, commit }: { description: PullDescription; commit: string }) {
  const { pull, behind } = description;
  const [method, setMethod] = useState<UpdateMethod>('merge');
  const ask = useConfirm();
  const change = useFormChange('updatePull', ['pulls'], () => notifications.show({ message: 'It is up to date.' }));
  if (behind === null || behind === 0) return null;
  const [head, base] = [showHiddenLine(pull.head), showHiddenLine(pull.base)];
  const lacking = (
    <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
      {head} lacks {behind} {behind === 1 ? 'commit' : 'commits'} of {base}.
    </Text>
  );
  // The branch of a fork is moved by pushes there alone.
  if (parseForkHead(pull.head) !== null) return lacking;
  return (
    <>
      {lacking}
      <ChoiceField label="Update" size="xs" value={method} options={METHODS} onChange={setMethod} />
      <ActionButton
        size="sm"
        fullWidth
        reason={null}
        loading={change.isPending}
        onClick={() =>
          ask({
            title: `Update ${head}?`,
            text: `It gets the commits of ${base}, as a push of yours: approvals of its present commit end, and you cannot approve it any more.`,
            verb: 'Update it',
            onConfirm: () => change.mutate({ ...inputOf(pull), method, commit: commit as never }),
          })
        }
      >
        Update the branch
      </ActionButton>
      <Problem error={change.error} />
    </>
  );
}

/** Opens a pull request that takes a merged one back. */
export function PullRevert({ pull }: Pick<PullDescription, 'pull'>) {
  const [, go] = useLocation();
  const change = useFormChange('revertPull', ['pulls', 'repos'], ({ pull: made }) => go(pullPath(made)));
  if (pull.state !== 'merged') return null;
  return (
    <>
      <ActionButton reason={null} fullWidth loading={change.isPending} onClick={() => change.mutate(inputOf(pull))}>
        Take it back with a pull request
      </ActionButton>
      <Problem error={change.error} />
    </>
  );
}
