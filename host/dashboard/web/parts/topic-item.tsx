import { Button, Group, Modal, MultiSelect, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { AgentName, TopicName } from '../../../../protocol/names.ts';
import type { TopicView } from '../../../../protocol/schemas/message.ts';
import { useSetTopic } from '../data/mutations.ts';
import { useFleet } from '../data/queries.ts';
import { Dot } from './dot.tsx';
import { FormShell } from './form-shell.tsx';
import { Person } from './person.tsx';
import classes from './topic-item.module.css';

/** A topic with its subscribers and the operator's actions on it. */
export function TopicItem({ topic }: { topic: TopicView }) {
  const set = useSetTopic();
  const [editing, setEditing] = useState(false);
  const { topic: name, open, subscribers } = topic;
  return (
    <li className={classes.topic}>
      <div className={classes.what}>
        <h2>{name}</h2>
        <Group gap={7} component="span">
          <Dot color={open ? 'green' : 'gray'} hollow={!open} />
          <span>{open ? 'Open' : 'Closed: takes no messages'}</span>
        </Group>
        <Text size="sm" c="dimmed" component="div" className={classes.people ?? ''}>
          {subscribers.length === 0 ? 'Nobody subscribes to it' : <People names={subscribers} />}
        </Text>
      </div>
      <Group gap={8}>
        <Button variant="default" size="xs" onClick={() => setEditing(true)}>
          Subscribers
        </Button>
        <Button
          variant="default"
          size="xs"
          loading={set.isPending}
          onClick={() =>
            set.mutate(
              { topic: name as TopicName, open: !open },
              { onSuccess: () => notifications.show({ message: `${name} is ${open ? 'closed' : 'open'}.` }) },
            )
          }
        >
          {open ? 'Close' : 'Open again'}
        </Button>
      </Group>
      {editing && <EditSubscribers topic={topic} onClose={() => setEditing(false)} />}
    </li>
  );
}

function People({ names }: { names: readonly string[] }) {
  return names.map((name, i) => (
    <span key={name}>
      {i > 0 && ', '}
      <Person name={name} />
    </span>
  ));
}

function EditSubscribers({ topic, onClose }: { topic: TopicView; onClose: () => void }) {
  const agents = useFleet().data?.agents.map(({ name }) => name as string) ?? [];
  const [chosen, setChosen] = useState<string[]>(topic.subscribers);
  const set = useSetTopic();
  const add = chosen.filter((name) => !topic.subscribers.includes(name)) as AgentName[];
  const remove = topic.subscribers.filter((name) => !chosen.includes(name)) as AgentName[];
  return (
    <Modal opened onClose={onClose} title={`Subscribers of ${topic.topic}`} centered>
      <FormShell
        verb="Save"
        isReady={add.length + remove.length > 0}
        isPending={set.isPending}
        onClose={onClose}
        onSubmit={() => set.mutate({ topic: topic.topic as TopicName, add, remove }, { onSuccess: onClose })}
      >
        <MultiSelect
          label="Agents"
          value={chosen}
          onChange={setChosen}
          data={[...new Set([...agents, ...topic.subscribers])]}
          searchable
          maxDropdownHeight={200}
          comboboxProps={{ position: 'top' }}
        />
      </FormShell>
    </Modal>
  );
}

/** The form for a new topic. */
export function NewTopic({ known }: { known: readonly string[] }) {
  const [name, setName] = useState('');
  const set = useSetTopic();
  const topic = `#${name.trim().replace(/^#/, '')}`;
  const error =
    name.trim() === ''
      ? null
      : known.includes(topic)
        ? 'There is a topic of that name.'
        : /^#[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(topic)
          ? null
          : 'Lower-case letters, digits and "-", starting with a letter; at most 32.';
  return (
    <form
      aria-label="New topic"
      className={classes.make}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '' && error === null)
          set.mutate(
            { topic: topic as TopicName, open: true },
            { onSuccess: () => setName((now) => (now === name ? '' : now)) },
          );
      }}
    >
      <TextInput
        size="xs"
        aria-label="Name of the new topic"
        placeholder="#name"
        value={name}
        error={error}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        type="submit"
        variant="default"
        size="xs"
        leftSection={<IconPlus size={14} />}
        disabled={name.trim() === '' || error !== null}
        loading={set.isPending}
      >
        Make a topic
      </Button>
    </form>
  );
}
