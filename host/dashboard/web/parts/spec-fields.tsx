import { NativeSelect, SimpleGrid, Textarea, TextInput } from '@mantine/core';
import { NOTICE_KINDS } from '../../../../protocol/notices.ts';
import { SPEC_TEXTS } from '../../../../protocol/spec-text.ts';
import { capitalize } from '../data/format.ts';
import type { DraftField, SpecDraft, SpecEdits } from '../data/spec-draft.ts';
import { useProviders } from '../data/queries.ts';
import { DEMO } from '../../../../protocol/providers.ts';
import classes from './spec.module.css';

interface Props {
  draft: SpecDraft;
  /** The saved values. */
  before: SpecDraft;
  problems: Partial<Record<string, string>>;
  onChange: (edit: SpecEdits) => void;
}

const WHO: readonly DraftField[] = ['role', 'model'];
const BOX: readonly DraftField[] = ['limits.memoryMb', 'limits.tmpMb', 'limits.cpus', 'limits.pids'];
const REST: readonly DraftField[] = [
  'limits.diskMb',
  'limits.diskFiles',
  'turnTimeoutMs',
  'turnToolCalls',
  'turnOutputKb',
  'tools',
  'wakeFor',
];

/** The form fields of a spec: role, model, prompt, box limits, tools. */
export function SpecFields({ draft, before, problems, onChange }: Props) {
  const providers = useProviders().data?.providers ?? [];
  const names = providers.map(({ name }) => name).filter((name) => name !== DEMO);
  // A spec with a provider cannot be changed back to the hive's default.
  const mayBeDefault = before.provider === '';
  const input = (field: DraftField) => {
    const { label, about } = SPEC_TEXTS.find((text) => text.field === field) ?? { label: field, about: '' };
    return (
      <TextInput
        key={field}
        label={label}
        description={DESCRIPTIONS[field] ?? capitalize(about)}
        value={draft[field]}
        error={problems[field]}
        autoComplete="off"
        {...(field.startsWith('limits.') || field.startsWith('turn') ? { inputMode: 'decimal' as const } : {})}
        onChange={(event) => onChange({ [field]: event.currentTarget.value })}
      />
    );
  };
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
        {WHO.map(input)}
        <NativeSelect
          label="Provider"
          description="Who serves its model"
          value={draft.provider}
          error={problems['provider']}
          data={[...(mayBeDefault ? [{ value: '', label: 'The hive’s default' }] : []), ...names]}
          onChange={(event) => onChange({ provider: event.currentTarget.value })}
        />
      </SimpleGrid>
      <Textarea
        mt="md"
        label="Prompt"
        description="Your instructions, added to the hive’s own"
        autosize
        minRows={5}
        maxRows={22}
        spellCheck={false}
        classNames={{ input: classes.prompt ?? '' }}
        value={draft.prompt}
        error={problems['prompt']}
        onChange={(event) => onChange({ prompt: event.currentTarget.value })}
      />
      <fieldset className={classes.group}>
        <legend>Box</legend>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="md">
          {BOX.map(input)}
        </SimpleGrid>
        <div className={classes.wide}>{input('image')}</div>
      </fieldset>
      <fieldset className={classes.group}>
        <legend>Files, turns, tools, hosts and projects</legend>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
          {REST.map(input)}
          <NativeSelect
            label="Unknown hosts"
            description="Its requests for hosts outside that no rule is about"
            value={draft.unknownHosts}
            data={[
              { value: 'ask', label: 'you are asked' },
              { value: 'refuse', label: 'refused at once' },
            ]}
            onChange={(event) => onChange({ unknownHosts: event.currentTarget.value })}
          />
        </SimpleGrid>
        <div className={classes.wide}>{input('projects')}</div>
      </fieldset>
    </>
  );
}

/** Descriptions for fields whose shared text is about hivectl's command line. */
const DESCRIPTIONS: Partial<Record<DraftField, string>> = {
  'limits.tmpMb': 'Counted as memory',
  'limits.cpus': 'CPU time of its box',
  'limits.pids': 'And threads, in its box',
  turnToolCalls: 'A turn with more is ended; 0 is no limit',
  turnOutputKb: 'A turn whose transcript is longer is ended; 0 is no limit',
  turnTimeoutMs: 'A turn that takes longer is ended',
  wakeFor: `Of the hive: all, none, default or a list of ${NOTICE_KINDS.join(', ')}`,
  projects: 'In the forge, with its level: read, review, write or merge, e.g. web=write, docs=review',
  image: 'What its box is made from; it must be on this machine',
};
