import { Group, NativeSelect, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { RepoDescription } from '../../../../protocol/schemas/repo.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useFormChange } from '../data/mutations.ts';
import { pullPath } from '../data/pull-view.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { FormDialog } from './form-dialog.tsx';
import { TextField } from './text-field.tsx';

/** The form that opens a pull request for a branch. `head`: the branch that is chosen at first. */
export function NewPull(props: { description: RepoDescription; head: string; onClose: () => void }) {
  const { description, onClose } = props;
  const { owner, name, defaultBranch } = description.repo;
  const branches = description.branches.map((branch) => branch.name);
  const others = branches.filter((branch) => branch !== defaultBranch);
  const [head, setHead] = useState(others.includes(props.head) ? props.head : (others[0] ?? ''));
  const [base, setBase] = useState(defaultBranch);
  const [title, setTitle] = useState('');
  const [body, setBody] = useState('');
  const [, go] = useLocation();
  const open = useFormChange('openPull', ['pulls', 'repos'], ({ pull }) => go(pullPath(pull)));
  const problems = sortProblems(open.error, { known: ['title', 'body'] });
  return (
    <FormDialog
      title="New pull request"
      verb="Open it"
      isReady={title.trim() !== '' && head !== '' && head !== base}
      isPending={open.isPending}
      problem={problems.whole}
      onClose={onClose}
      onSubmit={() => open.mutate({ owner, name, head, base, title: title.trim(), body })}
    >
      <Group grow gap="md" mb="md">
        <BranchField label="Branch" value={head} branches={branches} onChange={setHead} />
        <BranchField label="Into" value={base} branches={branches} onChange={setBase} />
      </Group>
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
        minRows={4}
        maxRows={14}
        maxLength={20_000}
        value={body}
        error={problems.fields['body']}
        onChange={(event) => setBody(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

/** A branch of a repository: one of the newest, or the one that is chosen. */
export function BranchField(props: {
  label: string;
  value: string;
  branches: readonly string[];
  onChange: (branch: string) => void;
}) {
  const { label, value, branches, onChange } = props;
  return (
    <NativeSelect
      label={label}
      value={value}
      data={[...new Set([value, ...branches])].map((branch) => ({ value: branch, label: showHiddenLine(branch) }))}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
