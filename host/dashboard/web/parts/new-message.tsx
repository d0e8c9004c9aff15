import { Modal, Select, Stack } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { SendInput, TopicView } from '../../../../protocol/schemas/message.ts';
import { useTopics } from '../data/mail-queries.ts';
import { formatName } from '../data/plain-text.ts';
import { useFleet } from '../data/queries.ts';
import { Composer } from './composer.tsx';

/** The dialog for a new thread, to one agent or to a group. */
export function NewMessage({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const agents = useFleet().data?.agents ?? [];
  const topics = useTopics().data?.topics ?? [];
  const [to, setTo] = useState<string | null>(null);
  const [, go] = useLocation();
  const chosen = (to ?? agents[0]?.name ?? 'manager') as SendInput['to'];
  return (
    <Modal opened={opened} onClose={onClose} title="New message" size="lg">
      <Stack>
        <Select
          label="To"
          value={chosen}
          onChange={setTo}
          allowDeselect={false}
          searchable
          data={listRecipients(agents, topics)}
        />
        <Composer
          to={chosen}
          label={`Message to ${formatName(chosen)}`}
          placeholder="What is it about?"
          onSent={(thread) => {
            onClose();
            go(`/messages/${thread}`);
          }}
        />
      </Stack>
    </Modal>
  );
}

/** The possible recipients: agents, everyone, shared roles, open topics. */
function listRecipients(agents: readonly AgentView[], topics: readonly TopicView[]) {
  const roles = new Map<string, number>();
  for (const { spec } of agents) roles.set(spec.role, (roles.get(spec.role) ?? 0) + 1);
  const groups = [
    { value: '*', label: 'Everyone' },
    ...topics
      .filter(({ open, subscribers }) => open && subscribers.length > 0)
      .map(({ topic, subscribers }) => ({ value: topic, label: `${topic} (${subscribers.length})` })),
    ...[...roles]
      .filter(([, count]) => count > 1)
      .map(([role, count]) => ({ value: `@role:${role}`, label: `All ${count} with the role “${role}”` })),
  ];
  return [
    { group: 'Agents', items: agents.map(({ name, spec }) => ({ value: name, label: `${name} – ${spec.role}` })) },
    { group: 'Groups', items: groups },
  ];
}
