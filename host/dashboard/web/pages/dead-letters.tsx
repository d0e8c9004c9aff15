import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconMailCheck } from '@tabler/icons-react';
import { useState } from 'react';
import type { AgentName } from '../../../../protocol/names.ts';
import { useDead } from '../data/mail-queries.ts';
import { useDrop, useRequeue } from '../data/mutations.ts';
import { useFleet } from '../data/queries.ts';
import { useConfirm } from '../parts/confirm.tsx';
import { DeadLetter } from '../parts/dead-letter.tsx';
import { MessagesHead } from '../parts/messages-head.tsx';
import { Page } from '../parts/page.tsx';
import { QueryList } from '../parts/query-list.tsx';

/** Deliveries that failed too often: each can be requeued, edited or dropped. */
export function DeadLettersPage() {
  const [agent, setAgent] = useState<AgentName | null>(null);
  const dead = useDead(agent);
  return (
    <Page>
      <MessagesHead page="dead" />
      <Bar agent={agent} onAgent={setAgent} total={dead.data?.total ?? 0} />
      <List dead={dead} agent={agent} />
    </Page>
  );
}

function List({ dead, agent }: { dead: ReturnType<typeof useDead>; agent: AgentName | null }) {
  return (
    <QueryList
      of={dead}
      loading={{ rows: 3, height: 110 }}
      isEmpty={({ dead: letters }) => letters.length === 0}
      empty={{
        icon: IconMailCheck,
        title: agent === null ? 'No dead letters' : `No dead letters of ${agent}`,
        text: 'When the turns that have a message keep failing, it is given up and kept here, so that it is not lost.',
      }}
    >
      {({ dead: letters }) => letters.map((letter) => <DeadLetter key={letter.delivery} letter={letter} />)}
    </QueryList>
  );
}

/** Filters the list by agent, and requeues or drops all listed deliveries. */
function Bar({
  agent,
  onAgent,
  total,
}: {
  agent: AgentName | null;
  onAgent: (agent: AgentName | null) => void;
  total: number;
}) {
  const agents = useFleet().data?.agents ?? [];
  const requeue = useRequeue();
  const drop = useDrop();
  const ask = useConfirm();
  const chosen = agent === null ? { all: true as const } : { agent };
  const what = `${total} dead ${total === 1 ? 'letter' : 'letters'}${agent === null ? '' : ` of ${agent}`}`;
  if (total === 0 && agent === null) return null;
  return (
    <Group justify="space-between" mb="md" gap="sm">
      <Group gap="sm">
        <NativeSelect
          size="xs"
          aria-label="Whose dead letters"
          value={agent ?? ''}
          data={[{ value: '', label: 'Everybody’s' }, ...agents.map(({ name }) => ({ value: name, label: name }))]}
          onChange={(event) => onAgent((event.currentTarget.value || null) as AgentName | null)}
        />
        <Text c="dimmed" size="sm">
          {what}
        </Text>
      </Group>
      {total > 0 && (
        <Group gap={8}>
          <Button
            variant="default"
            size="xs"
            loading={requeue.isPending}
            onClick={() =>
              ask({
                title: `Requeue ${what}?`,
                text: 'Each is put back into its mailbox with its failures forgotten, and wakes its recipient.',
                verb: 'Requeue all',
                onConfirm: () =>
                  requeue.mutate(chosen, {
                    onSuccess: ({ requeued }) => notifications.show({ message: `${requeued} requeued.` }),
                  }),
              })
            }
          >
            Requeue all
          </Button>
          <Button
            variant="default"
            size="xs"
            c="var(--hive-bad)"
            loading={drop.isPending}
            onClick={() =>
              ask({
                title: `Drop ${what}?`,
                text: 'They are withdrawn: their recipients never see them. They stay in their threads.',
                verb: 'Drop all',
                onConfirm: () =>
                  drop.mutate(chosen, {
                    onSuccess: ({ dropped }) => notifications.show({ message: `${dropped} dropped.` }),
                  }),
              })
            }
          >
            Drop all
          </Button>
        </Group>
      )}
    </Group>
  );
}
