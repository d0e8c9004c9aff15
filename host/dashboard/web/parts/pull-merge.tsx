import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { HiveError } from '../../../../protocol/errors.ts';
import type { MergeMethod } from '../../../../protocol/schemas/merge-method.ts';
import type { PullDescription } from '../../../../protocol/schemas/pull.ts';
import { METHOD_WORDS } from '../../../../protocol/pull-words.ts';
import { sayQueued } from '../../../../protocol/queue-words.ts';
import { useFormChange } from '../data/mutations.ts';
import { formatName } from '../data/plain-text.ts';
import { inputOf } from '../data/pull-queries.ts';
import { whyNotMerge } from '../data/pull-view.ts';
import { capitalize } from '../data/format.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { ActionButton } from './action-button.tsx';
import { ChoiceField } from './choice-field.tsx';
import { useConfirm } from './confirm.tsx';
import { Dot } from './dot.tsx';
import { InQueue } from './pull-in-queue.tsx';
import { Ago } from './now.tsx';
import { CommitId, Problem } from './pull-state.tsx';
import { PullRevert, PullUpdate } from './pull-update.tsx';
import classes from './pull.module.css';

const METHODS = Object.entries(METHOD_WORDS).map(([value, label]) => ({
  value: value as MergeMethod,
  label: capitalize(label),
}));

/** Whether a pull request can be merged, with every reason against it, and the button that does. */
export function PullMerge(props: { description: PullDescription; commit: string; onReload: () => void }) {
  const { pull, queue } = props.description;
  return (
    <section className={`panel ${classes.box}`} aria-label="Merge">
      {pull.state !== 'open' && <Ended pull={pull} />}
      {pull.state === 'open' && queue !== null && <InQueue pull={pull} entry={queue} />}
      {pull.state === 'open' && queue === null && <OpenMerge {...props} />}
      {pull.state === 'open' ? <PullUpdate {...props} /> : <PullRevert pull={pull} />}
    </section>
  );
}

function Ended({ pull }: { pull: PullDescription['pull'] }) {
  return (
    <>
      <h2 className={classes.boxTitle}>
        <Dot color={pull.state === 'merged' ? 'violet' : 'red'} />{' '}
        {pull.state === 'merged' ? 'It is merged' : 'Closed without a merge'}
      </h2>
      <Text size="sm" c="dimmed">
        {pull.endedBy !== null && `by ${formatName(pull.endedBy)}, `}
        {pull.endedAt !== null && <Ago at={pull.endedAt} />}
        {pull.mergeCommit !== null && (
          <>
            , as <CommitId oid={pull.mergeCommit} />
          </>
        )}
      </Text>
    </>
  );
}

function OpenMerge(props: { description: PullDescription; commit: string; onReload: () => void }) {
  const { description, commit, onReload } = props;
  const { pull, merge } = description;
  const [method, setMethod] = useState<MergeMethod>('merge');
  const ask = useConfirm();
  const change = useFormChange('mergePull', ['pulls', 'repos'], ({ queue }) =>
    notifications.show({
      message: `#${pull.number} ${queue === null ? `is merged into ${showHiddenLine(pull.base)}` : showHiddenLine(sayQueued(queue))}.`,
    }),
  );
  const send = (whenReady: boolean) => change.mutate({ ...inputOf(pull), method, commit: commit as never, whenReady });
  return (
    <>
      <h2 className={classes.boxTitle}>
        <Dot color={merge.ready ? 'green' : 'orange'} /> {merge.ready ? 'It can be merged' : 'It cannot be merged yet'}
      </h2>
      {merge.reasons.length > 0 && (
        <ul className={classes.reasons} aria-label="Reasons">
          {merge.reasons.map((reason) => (
            <li key={reason}>{capitalize(showHiddenLine(reason))}.</li>
          ))}
        </ul>
      )}
      {merge.conflicts.length > 0 && (
        <details className={classes.conflicts}>
          <summary>
            {merge.conflicts.length} {merge.conflicts.length === 1 ? 'file conflicts' : 'files conflict'}
          </summary>
          <ul>
            {merge.conflicts.map((file) => (
              <li key={file}>
                <code>{showHiddenLine(file)}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
      {merge.approvalsNeeded > 0 && (
        <Text size="sm" c="dimmed">
          {merge.approvedBy.length} of {merge.approvalsNeeded} {merge.approvalsNeeded === 1 ? 'approval' : 'approvals'}{' '}
          of the newest commit
        </Text>
      )}
      <ChoiceField label="How" size="xs" value={method} options={METHODS} onChange={setMethod} />
      <ActionButton
        variant="filled"
        size="sm"
        fullWidth
        reason={whyNotMerge(description)}
        loading={change.isPending}
        onClick={() =>
          ask({
            title: merge.hasQueue ? `Put #${pull.number} into the merge queue?` : `Merge #${pull.number}?`,
            text: `${showHiddenLine(pull.head)} gets into ${showHiddenLine(pull.base)} ${METHOD_WORDS[method]}, at commit ${commit.slice(0, 10)}${merge.hasQueue ? ', when its checks have passed together with those ahead of it' : ''}. A merge is not undone: another pull request can take back what it brings.`,
            verb: merge.hasQueue ? 'Put it there' : 'Merge it',
            onConfirm: () => send(false),
          })
        }
      >
        {merge.hasQueue ? 'Put into the merge queue' : 'Merge'}
      </ActionButton>
      {!merge.ready && merge.conflicts.length === 0 && (
        <Button variant="default" size="xs" fullWidth loading={change.isPending} onClick={() => send(true)}>
          Merge when nothing is in the way
        </Button>
      )}
      <Problem error={change.error} />
      {change.error instanceof HiveError && change.error.code === 'pull_moved' && (
        <Button
          variant="default"
          size="xs"
          onClick={() => {
            change.reset();
            onReload();
          }}
        >
          Show the newest commit
        </Button>
      )}
    </>
  );
}
