import { Button, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { sortProblems } from '../data/form-problems.ts';
import { useAgentAction, useFormChange } from '../data/mutations.ts';
import { ACTIONS } from '../data/page-actions.ts';
import { useAgent } from '../data/queries.ts';
import { changesOf, draftOf, dropSaved, readChanges, type SpecEdits } from '../data/spec-draft.ts';
import { useAgentActions } from '../parts/agent-actions.tsx';
import { AgentHead } from '../parts/agent-head.tsx';
import { FormShell } from '../parts/form-shell.tsx';
import { LoadingRows } from '../parts/page.tsx';
import { SpecChanges } from '../parts/spec-changes.tsx';
import { SpecFields } from '../parts/spec-fields.tsx';
import agentClasses from '../parts/agent.module.css';
import classes from '../parts/spec.module.css';
import { UnknownAgent } from './not-found.tsx';

/** An agent's spec: viewing and changing it, and destroying the agent. */
export function AgentSpecPage({ name }: { name: string }) {
  const { agent } = useAgent(name);
  if (agent === undefined) return <LoadingRows />;
  if (agent === null) return <UnknownAgent name={name} />;
  return (
    <div>
      <AgentHead agent={agent} page="spec" />
      <div className={agentClasses.column}>
        <OutdatedNotice agent={agent} />
        <EditSpec agent={agent} />
        <DestroySection agent={agent} />
      </div>
    </div>
  );
}

function OutdatedNotice({ agent }: { agent: AgentView }) {
  const rebuild = useAgentActions(agent).find(({ action }) => action === 'rebuild');
  if (!agent.outdated || rebuild === undefined) return null;
  return (
    <section className={classes.notice} aria-label="Outdated">
      <p>
        <b>Outdated.</b> Its box was made with other limits, another image or another toolchain than a new one would be.
      </p>
      <Button
        variant="default"
        size="xs"
        loading={rebuild.isRunning}
        disabled={rebuild.reason !== null}
        onClick={rebuild.run}
      >
        Rebuild now
      </Button>
    </section>
  );
}

function EditSpec({ agent }: { agent: AgentView }) {
  const before = draftOf(agent.spec);
  // Only what was typed is kept: the other fields follow the saved spec, which other pages and hivectl change as well.
  const [edits, setEdits] = useState<SpecEdits>({});
  const draft = { ...before, ...edits };
  const change = useFormChange('changeAgent', ['agents']);
  const rebuild = useAgentAction(agent.name);
  const changes = changesOf(before, draft);
  const { spec, problems } = readChanges(changes);
  const against = sortProblems(change.error, { known: Object.keys(draft), byCode: { image_missing: 'image' } });
  const isReady = changes.length > 0 && Object.keys(problems).length === 0;
  const needsBox = changes.some(({ effect }) => effect === 'next_box') && agent.desired === 'running';
  const save = (andRebuild: boolean) =>
    change.mutate(
      { name: agent.name, spec },
      {
        onSuccess: ({ changed }) => {
          setEdits((now) => dropSaved(now, edits));
          if (changed.length === 0) return;
          const row = ACTIONS.find(({ action }) => action === 'rebuild');
          if (andRebuild && row !== undefined) rebuild.mutate({ row });
          else notifications.show({ message: `${agent.name}’s spec is saved.` });
        },
      },
    );
  return (
    <FormShell
      label={`Spec of ${agent.name}`}
      verb="Save"
      isReady={isReady}
      isPending={change.isPending}
      problem={against.whole}
      onSubmit={() => save(false)}
      {...(changes.length > 0 ? { onClose: () => (setEdits({}), change.reset()), keep: 'Undo' } : {})}
      more={
        needsBox && (
          <Button variant="default" disabled={!isReady} loading={rebuild.isPending} onClick={() => save(true)}>
            Save and rebuild
          </Button>
        )
      }
    >
      <SpecFields
        draft={draft}
        before={before}
        problems={{ ...against.fields, ...problems }}
        onChange={(edit) => setEdits((now) => ({ ...now, ...edit }))}
      />
      <Text size="sm" c="dimmed" mt="md">
        Driven by {agent.spec.driver}. The program in the box can be changed only with hivectl.
      </Text>
      <SpecChanges changes={changes} />
    </FormShell>
  );
}

function DestroySection({ agent }: { agent: AgentView }) {
  const destroy = useAgentActions(agent).find(({ action }) => action === 'destroy');
  if (destroy === undefined) return null;
  return (
    <section className={classes.danger} aria-label="End of the agent">
      <div>
        <Title order={2}>Destroy {agent.name}</Title>
        <Text c="dimmed">
          {destroy.reason ??
            'Its box, mailbox and reminders go. Its files are kept in an archive, unless you say otherwise.'}
        </Text>
      </div>
      <Button
        variant="default"
        {...(destroy.reason === null ? { c: 'var(--hive-bad)' } : {})}
        disabled={destroy.reason !== null}
        loading={destroy.isRunning}
        onClick={destroy.run}
      >
        Destroy…
      </Button>
    </section>
  );
}
