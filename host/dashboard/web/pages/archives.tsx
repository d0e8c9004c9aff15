import { Button, Checkbox, Group, Modal, NativeSelect, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconArchive } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { AgentName } from '../../../../protocol/names.ts';
import type { ArchiveView } from '../../../../protocol/operations/operator-setup.ts';
import { sortProblems } from '../data/form-problems.ts';
import { formatBytes } from '../data/format.ts';
import { useFormChange } from '../data/mutations.ts';
import { useArchives, useFleet } from '../data/queries.ts';
import { FormShell } from '../parts/form-shell.tsx';
import { Ago } from '../parts/now.tsx';
import { Page, PageHead } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { QueryList } from '../parts/query-list.tsx';
import classes from '../parts/providers.module.css';

/** The archives of destroyed agents, each of which can be restored. */
export function ArchivesPage() {
  return (
    <Page narrow>
      <PageHead
        title="Archives"
        documentTitle="Archives"
        about="The files of agents that were destroyed. They stay until they are deleted with hivectl on the host."
      />
      <QueryList
        of={useArchives()}
        loading={{ rows: 3, height: 72 }}
        isEmpty={({ archives }) => archives.length === 0}
        empty={{
          icon: IconArchive,
          title: 'No archives',
          text: 'When an agent is destroyed its files are kept here, unless they are deleted with it.',
        }}
      >
        {({ archives }) => (
          <PanelList label="Archives">
            {archives.map((archive) => (
              <Archive key={archive.archive} archive={archive} />
            ))}
          </PanelList>
        )}
      </QueryList>
    </Page>
  );
}

function Archive({ archive }: { archive: ArchiveView }) {
  const [isRestoring, setRestoring] = useState(false);
  return (
    <li className={classes.item} aria-label={archive.archive}>
      <div className={classes.row}>
        <div className={classes.what}>
          <h2>{archive.name}</h2>
          <Text size="sm" c="dimmed" component="div">
            {archive.role !== null && archive.role !== archive.name && `${archive.role} · `}destroyed{' '}
            <Ago at={archive.at} /> · {formatBytes(archive.bytes)}
          </Text>
        </div>
        <Button variant="default" size="xs" onClick={() => setRestoring(true)}>
          Restore
        </Button>
      </div>
      {isRestoring && <Restore archive={archive} onClose={() => setRestoring(false)} />}
    </li>
  );
}

/** Restores an agent, optionally with another name and parent. Only its files and its spec are restored. */
function Restore({ archive, onClose }: { archive: ArchiveView; onClose: () => void }) {
  const agents = useFleet().data?.agents.map((agent) => agent.name as string) ?? [];
  const [, go] = useLocation();
  const [name, setName] = useState<string>(archive.name);
  const [parent, setParent] = useState('');
  const [start, setStart] = useState(true);
  const restore = useFormChange('restoreAgent', ['agents', 'archives']);
  const against = sortProblems(restore.error, {
    known: ['as', 'parent'],
    byCode: { duplicate_agent: 'as', unknown_agent: 'parent' },
  });
  const before = archive.parent === null || !agents.includes(archive.parent) ? 'the manager' : archive.parent;
  return (
    <Modal opened onClose={onClose} title={`Restore ${archive.name}`} centered>
      <FormShell
        label={`Restore ${archive.name}`}
        verb="Restore"
        isReady={name.trim() !== ''}
        isPending={restore.isPending}
        problem={against.whole}
        onClose={onClose}
        onSubmit={() =>
          restore.mutate(
            {
              archive: archive.archive,
              start,
              ...(name.trim() === archive.name ? {} : { as: name.trim() as AgentName }),
              ...(parent === '' ? {} : { parent: parent as AgentName }),
            },
            {
              onSuccess: ({ agent }) => {
                notifications.show({ message: `${agent.name} is restored.` });
                go(`/agents/${agent.name}`);
              },
            },
          )
        }
      >
        <Text size="sm" c="dimmed" mb="md">
          Its spec and its files are restored. Its mail, reminders and topics are not.
        </Text>
        <Group grow align="flex-start" gap="md">
          <TextInput
            label="Name"
            value={name}
            error={against.fields['as']}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NativeSelect
            label="Parent"
            value={parent}
            error={against.fields['parent']}
            data={[{ value: '', label: `As before: ${before}` }, ...agents.map((one) => ({ value: one, label: one }))]}
            onChange={(event) => setParent(event.currentTarget.value)}
          />
        </Group>
        <Checkbox
          mt="md"
          label="Start it"
          checked={start}
          onChange={(event) => setStart(event.currentTarget.checked)}
        />
      </FormShell>
    </Modal>
  );
}
