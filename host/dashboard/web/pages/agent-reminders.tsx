import { Button, Group, Title } from '@mantine/core';
import { IconAlarm, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { useAgent } from '../data/queries.ts';
import { useReminders, useSchedules } from '../data/reminder-queries.ts';
import { AgentHead } from '../parts/agent-head.tsx';
import { NewReminder } from '../parts/new-reminder.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../parts/page.tsx';
import { ReminderItem } from '../parts/reminder-item.tsx';
import { ReminderRollups } from '../parts/reminder-rollups.tsx';
import { ScheduleItem } from '../parts/schedule-item.tsx';
import agentClasses from '../parts/agent.module.css';
import classes from '../parts/reminders.module.css';
import { UnknownAgent } from './not-found.tsx';

/** What an agent will be told later, once or again and again, and what became of what it was told. */
export function AgentRemindersPage({ name }: { name: string }) {
  const { agent } = useAgent(name);
  if (agent === undefined) return <LoadingRows />;
  if (agent === null) return <UnknownAgent name={name} />;
  return (
    <div>
      <AgentHead agent={agent} page="reminders" />
      <div className={agentClasses.column}>
        <Reminders agent={agent} />
      </div>
    </div>
  );
}

function Reminders({ agent }: { agent: AgentView }) {
  const [making, setMaking] = useState(false);
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={2}>What became of reminders</Title>
        <Button size="xs" leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>
          New reminder
        </Button>
      </Group>
      <ReminderRollups name={agent.name} />
      <Standing agent={agent} />
      {making && <NewReminder agent={agent} onClose={() => setMaking(false)} />}
    </>
  );
}

function Standing({ agent }: { agent: AgentView }) {
  const reminders = useReminders(agent.name);
  const schedules = useSchedules(agent.name);
  const error = reminders.error ?? schedules.error;
  if (reminders.data === undefined || schedules.data === undefined)
    return error === null ? (
      <LoadingRows rows={3} height={64} />
    ) : (
      <ErrorState error={error} onRetry={() => void Promise.all([reminders.refetch(), schedules.refetch()])} />
    );
  const once = reminders.data.reminders;
  const repeated = schedules.data.schedules;
  if (once.length + repeated.length === 0)
    return (
      <EmptyState icon={IconAlarm} title="Nothing stands">
        {agent.name} can remind itself with its own tools, or you set a reminder or a schedule for it here.
      </EmptyState>
    );
  return (
    <>
      {repeated.length > 0 && (
        <section aria-label="Schedules">
          <Title order={2} className={classes.title ?? ''}>
            Again and again
          </Title>
          <ul className={classes.list}>
            {repeated.map((schedule) => (
              <ScheduleItem key={schedule.id} schedule={schedule} agent={agent.name} />
            ))}
          </ul>
        </section>
      )}
      {once.length > 0 && (
        <section aria-label="Reminders">
          <Title order={2} className={classes.title ?? ''}>
            Once
          </Title>
          <ul className={classes.list}>
            {once.map((reminder) => (
              <ReminderItem key={reminder.id} reminder={reminder} agent={agent.name} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
