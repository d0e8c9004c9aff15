import { Checkbox, SimpleGrid } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ROOT_AGENT } from '../../../../protocol/agent-actions.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useFormChange } from '../data/mutations.ts';
import { useFleet, useSpecDefaults } from '../data/queries.ts';
import { changesOf, draftOf, readChanges } from '../data/spec-draft.ts';
import { ChoiceField } from '../parts/choice-field.tsx';
import { FormShell } from '../parts/form-shell.tsx';
import { Page, PageHead } from '../parts/page.tsx';
import { QueryList } from '../parts/query-list.tsx';
import { SpecFields } from '../parts/spec-fields.tsx';
import { TextField } from '../parts/text-field.tsx';

/** The form for a new agent: name, parent and spec, prefilled with the hive's defaults. */
export function NewAgentPage() {
  return (
    <Page narrow>
      <PageHead
        title="New agent"
        documentTitle="New agent"
        about={
          <>
            A box of its own with a mailbox and files. One that was destroyed comes back{' '}
            <Link href="/archives" className="text-link">
              from its archive
            </Link>
            .
          </>
        }
      />
      <QueryList of={useSpecDefaults()} loading={{ rows: 5 }} empty={null}>
        {({ spec }) => <NewAgent defaults={spec} />}
      </QueryList>
    </Page>
  );
}

function NewAgent({ defaults }: { defaults: AgentSpec }) {
  const agents = useFleet().data?.agents ?? [];
  const [, go] = useLocation();
  const hasManager = agents.some((agent) => agent.name === ROOT_AGENT);
  const [name, setName] = useState<string>(hasManager ? '' : ROOT_AGENT);
  const [parent, setParent] = useState<string>(ROOT_AGENT);
  const [start, setStart] = useState(true);
  const before = draftOf(defaults);
  const [draft, setDraft] = useState(before);
  const create = useFormChange('createAgent', ['agents']);
  const { spec, problems } = readChanges(changesOf(before, draft));
  const against = sortProblems(create.error, {
    known: ['name', 'parent', ...Object.keys(draft)],
    byCode: { duplicate_agent: 'name', unknown_agent: 'parent', image_missing: 'image' },
  });
  return (
    <FormShell
      label="New agent"
      verb="Create"
      isReady={name.trim() !== '' && Object.keys(problems).length === 0}
      isPending={create.isPending}
      problem={against.whole}
      onClose={() => go('/')}
      onSubmit={() =>
        create.mutate(
          { name: name.trim(), spec, start, ...(hasManager ? { parent: parent as AgentName } : {}) },
          {
            onSuccess: ({ agent }) => {
              notifications.show({ message: `${agent.name} is ${start ? 'starting' : 'there, stopped'}.` });
              go(`/agents/${agent.name}`);
            },
          },
        )
      }
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" mb="md">
        <TextField
          label="Name"
          description="Lower-case letters, digits and “-”"
          value={name}
          error={against.fields['name']}
          maxLength={64}
          isFirst
          onChange={setName}
        />
        <ChoiceField
          label="Parent"
          description="The agent it belongs to"
          value={hasManager ? parent : ''}
          error={against.fields['parent']}
          disabled={!hasManager}
          options={
            hasManager
              ? agents.map(({ name: other }) => ({ value: other as string, label: other }))
              : [{ value: '', label: 'None: the first one' }]
          }
          onChange={setParent}
        />
      </SimpleGrid>
      <SpecFields
        draft={draft}
        before={before}
        problems={{ ...against.fields, ...problems }}
        onChange={(edit) => setDraft((now) => ({ ...now, ...edit }))}
      />
      <Checkbox mt="lg" label="Start it" checked={start} onChange={(event) => setStart(event.currentTarget.checked)} />
    </FormShell>
  );
}
