import { Group, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { PullDescription } from '../../../../protocol/schemas/pull.ts';
import type { OpInput } from '../../../../protocol/op.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useFormChange } from '../data/mutations.ts';
import { inputOf } from '../data/pull-queries.ts';
import { useRepo } from '../data/repo-queries.ts';
import { ActionButton } from './action-button.tsx';
import { FormDialog } from './form-dialog.tsx';
import { BranchField } from './new-pull.tsx';
import { Problem } from './pull-state.tsx';
import { TextField } from './text-field.tsx';
import classes from './pull.module.css';

type Edit = OpInput<BrowserOperations['editPull']>;

/** Edit, draft or ready, close or open again. */
export function PullButtons({ description }: { description: PullDescription }) {
  const { pull } = description;
  const [editing, setEditing] = useState(false);
  const change = useFormChange('editPull', ['pulls', 'repos']);
  const set = (edit: Partial<Edit>) => change.mutate({ ...inputOf(pull), ...edit });
  const merged = pull.state === 'merged' ? 'It is merged.' : null;
  const ended = merged ?? (pull.state === 'closed' ? 'It is closed: open it again first.' : null);
  return (
    <div className={classes.buttons}>
      <Group gap={8}>
        <ActionButton reason={ended} onClick={() => setEditing(true)}>
          Edit
        </ActionButton>
        <ActionButton reason={ended} onClick={() => set({ draft: !pull.draft })}>
          {pull.draft ? 'Mark as ready' : 'Mark as a draft'}
        </ActionButton>
        <ActionButton
          reason={merged}
          loading={change.isPending && change.variables.state !== undefined}
          onClick={() => set({ state: pull.state === 'closed' ? 'open' : 'closed' })}
        >
          {pull.state === 'closed' ? 'Open again' : 'Close'}
        </ActionButton>
      </Group>
      <Problem error={change.error} />
      {editing && <EditForm description={description} onClose={() => setEditing(false)} />}
    </div>
  );
}

function EditForm({ description: { pull, body }, onClose }: { description: PullDescription; onClose: () => void }) {
  const [title, setTitle] = useState(pull.title);
  const [text, setText] = useState(body);
  const [base, setBase] = useState(pull.base);
  const branches = useRepo(pull.owner, pull.name).data?.branches.map(({ name }) => name) ?? [];
  const change = useFormChange('editPull', ['pulls'], onClose);
  const problems = sortProblems(change.error, { known: ['title', 'body'] });
  return (
    <FormDialog
      title={`Edit #${pull.number}`}
      verb="Save"
      isReady={title.trim() !== ''}
      isPending={change.isPending}
      problem={problems.whole}
      onClose={onClose}
      onSubmit={() => change.mutate({ ...inputOf(pull), title, body: text, ...(base === pull.base ? {} : { base }) })}
    >
      <TextField
        label="Title"
        value={title}
        maxLength={200}
        error={problems.fields['title']}
        isFirst
        onChange={setTitle}
      />
      <Textarea
        label="Text"
        description="Markdown"
        mt="md"
        autosize
        minRows={6}
        maxRows={18}
        maxLength={20_000}
        value={text}
        error={problems.fields['body']}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group mt="md">
        <BranchField
          label="Merge into"
          value={base}
          branches={branches.filter((branch) => branch !== pull.head)}
          onChange={setBase}
        />
      </Group>
    </FormDialog>
  );
}
