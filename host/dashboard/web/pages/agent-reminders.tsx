import { Button, Group, Title } from '@mantine/core';
import { IconAlarm, IconPlus } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { combineQueries } from '../data/combine-queries.ts';
import { useAgent } from '../data/queries.ts';
import { useReminders, useSchedules } from '../data/reminder-queries.ts';
import { AgentHead } from '../parts/agent-head.tsx';
import { NewReminder } from '../parts/new-reminder.tsx';
import { LoadingRows } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { QueryList } from '../parts/query-list.tsx';
import { ReminderItem } from '../parts/reminder-item.tsx';
import { ReminderRollups } from '../parts/reminder-rollups.tsx';
import { ScheduleItem } from '../parts/schedule-item.tsx';
import agentClasses from '../parts/agent.module.css';
import classes from '../parts/reminders.module.css';
import { UnknownAgent } from './not-found.tsx';

/** An agent's reminders and schedules, and the outcomes of past ones. */
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
        <Title order={2}>Outcomes of reminders</Title>
        <Button size="xs" leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>
          New reminder
        </Button>
      </Group>
      <ReminderRollups name={agent.name} />
      <Pending agent={agent} />
      {making && <NewReminder agent={agent} onClose={() => setMaking(false)} />}
    </>
  );
}

function Pending({ agent }: { agent: AgentView }) {
  return (
    <QueryList
      of={combineQueries(useReminders(agent.name), useSchedules(agent.name))}
      loading={{ rows: 3, height: 64 }}
      isEmpty={([{ reminders }, { schedules }]) => reminders.length + schedules.length === 0}
      empty={{
        icon: IconAlarm,
        title: 'No reminders or schedules',
        text: `${agent.name} can remind itself with its own tools, or you set a reminder or a schedule for it here.`,
      }}
    >
      {([{ reminders }, { schedules }]) => (
        <>
          <Items title="Again and again" label="Schedules" hasSome={schedules.length > 0}>
            {schedules.map((schedule) => (
              <ScheduleItem key={schedule.id} schedule={schedule} agent={agent.name} />
            ))}
          </Items>
          <Items title="Once" label="Reminders" hasSome={reminders.length > 0}>
            {reminders.map((reminder) => (
              <ReminderItem key={reminder.id} reminder={reminder} agent={agent.name} />
            ))}
          </Items>
        </>
      )}
    </QueryList>
  );
}

function Items(props: { title: string; label: string; hasSome: boolean; children: ReactNode }) {
  if (!props.hasSome) return null;
  return (
    <section aria-label={props.label}>
      <Title order={2} className={classes.title ?? ''}>
        {props.title}
      </Title>
      <PanelList>{props.children}</PanelList>
    </section>
  );
}
