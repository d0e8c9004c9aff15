import { Modal, Select, Stack } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { SendInput } from '../../../../protocol/schemas/message.ts';
import { useFleet } from '../data/queries.ts';
import { Composer } from './composer.tsx';

/** A new thread: to one agent or to all. */
export function NewMessage({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const agents = useFleet().data?.agents ?? [];
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
          data={[
            ...agents.map(({ name, spec }) => ({ value: name as string, label: `${name} – ${spec.role}` })),
            { value: '*', label: 'Everyone' },
          ]}
        />
        <Composer
          to={chosen}
          label={chosen === '*' ? 'Message to everyone' : `Message to ${chosen}`}
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
