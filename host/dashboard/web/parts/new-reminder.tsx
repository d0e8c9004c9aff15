import { Group, Modal, NativeSelect, SegmentedControl, Stack, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { Misfire, ScheduleAction } from '../../../../protocol/schemas/reminder.ts';
import { formatDateTime } from '../data/format.ts';
import { useCreateSchedule, useRemind } from '../data/mutations.ts';
import { readWhen, type WhenDraft } from '../data/reminder-draft.ts';
import { FormShell } from './form-shell.tsx';
import { useNow } from './now.tsx';
import { WhenFields } from './when-fields.tsx';

interface Props {
  agent: AgentView;
  body: string;
  onDone: () => void;
}

/** The dialog for a new reminder (once) or schedule (repeated). */
export function NewReminder({ agent, onClose }: { agent: AgentView; onClose: () => void }) {
  const [kind, setKind] = useState('once');
  const [body, setBody] = useState('');
  const form = { agent, body, onDone: onClose };
  return (
    <Modal opened onClose={onClose} title={`New reminder for ${agent.name}`} centered size="lg">
      <Stack gap="md">
        <SegmentedControl
          aria-label="How often"
          value={kind}
          onChange={setKind}
          data={[
            { value: 'once', label: 'Once' },
            { value: 'again', label: 'Again and again' },
          ]}
        />
        <Textarea
          label="Text"
          placeholder={`What ${agent.name} is told then`}
          autosize
          minRows={3}
          maxRows={12}
          value={body}
          onChange={(event) => setBody(event.currentTarget.value)}
        />
        {kind === 'once' ? <Once {...form} /> : <Repeated {...form} />}
      </Stack>
    </Modal>
  );
}

function Once({ agent, body, onDone }: Props) {
  const [when, setWhen] = useState<WhenDraft>({ how: 'after', count: '30', unit: '60', moment: '' });
  const now = useNow();
  const remind = useRemind();
  const time = readWhen(when, now);
  return (
    <FormShell
      label="New reminder"
      verb="Remind"
      isReady={!('error' in time) && body.trim() !== ''}
      isPending={remind.isPending}
      onSubmit={() => {
        if ('error' in time) return;
        remind.mutate(
          { to: agent.name, body, ...time },
          {
            onSuccess: ({ reminder }) => {
              notifications.show({ message: `${agent.name} is reminded ${formatDateTime(reminder.dueAt)}.` });
              onDone();
            },
          },
        );
      }}
    >
      <WhenFields when={when} onChange={setWhen} error={'error' in time ? time.error : null} />
    </FormShell>
  );
}

function Repeated({ agent, body, onDone }: Props) {
  const [cron, setCron] = useState('0 9 * * 1-5');
  const [timeZone, setTimeZone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [action, setAction] = useState<ScheduleAction>('wake');
  const [misfire, setMisfire] = useState<Misfire>('once');
  const create = useCreateSchedule();
  const isComplete = body.trim() !== '' && cron.trim() !== '' && timeZone.trim() !== '';
  return (
    <FormShell
      label="New schedule"
      verb="Schedule"
      isReady={isComplete}
      isPending={create.isPending}
      onSubmit={() =>
        create.mutate(
          { to: agent.name, body, cron: cron.trim(), time_zone: timeZone.trim(), action, misfire },
          {
            onSuccess: ({ schedule: { nextAt } }) => {
              notifications.show({
                message: nextAt === null ? 'The schedule never runs.' : `It runs first ${formatDateTime(nextAt)}.`,
              });
              onDone();
            },
          },
        )
      }
    >
      <Group gap="sm" align="flex-start" grow preventGrowOverflow={false}>
        <TextInput
          label="Cron line"
          description="minute hour day month weekday"
          value={cron}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          onChange={(event) => setCron(event.currentTarget.value)}
        />
        <TextInput
          label="Time zone"
          description="An IANA name"
          value={timeZone}
          onChange={(event) => setTimeZone(event.currentTarget.value)}
        />
      </Group>
      <Group gap="sm" align="flex-start" grow preventGrowOverflow={false} mt="sm">
        <NativeSelect
          label="What it does"
          value={action}
          data={[
            { value: 'wake', label: 'Wakes it with the text' },
            { value: 'message', label: 'Sends a message' },
            { value: 'task', label: 'Hands over a task' },
            { value: 'start', label: 'Starts it if it is stopped' },
          ]}
          onChange={(event) => setAction(event.currentTarget.value as ScheduleAction)}
        />
        <NativeSelect
          label="Runs missed meanwhile"
          value={misfire}
          data={[
            { value: 'once', label: 'One run for all of them' },
            { value: 'skip', label: 'Are left out' },
            { value: 'all', label: 'Are all made up for' },
          ]}
          onChange={(event) => setMisfire(event.currentTarget.value as Misfire)}
        />
      </Group>
    </FormShell>
  );
}
