import { Button, Group, Menu, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown } from '@tabler/icons-react';
import { KIND_WORDS, sayHost, sayRule } from '../../../../protocol/egress-words.ts';
import type { ApprovalAnswer, ApprovalView } from '../../../../protocol/schemas/egress.ts';
import { useChange } from '../data/mutations.ts';
import { Ago, Countdown, useNow } from './now.tsx';
import { Person } from './person.tsx';
import rows from './providers.module.css';

const LONGER: readonly { answer: ApprovalAnswer; label: string }[] = [
  { answer: 'once', label: 'For one connection' },
  { answer: 'always', label: 'Always, for this agent' },
  { answer: 'all', label: 'Always, for every agent' },
];

/** A host that an agent asks for, with the answers. */
export function ApprovalItem({ approval }: { approval: ApprovalView }) {
  const { id, agent, kind, waitsUntil, createdAt } = approval;
  const now = useNow();
  const host = sayHost(approval);
  const answer = useChange('answerApproval', ['hosts'], ({ rule }) =>
    notifications.show({ message: `${sayRule(rule)}.` }),
  );
  const give = (given: ApprovalAnswer) => answer.mutate({ id, answer: given });
  return (
    <li className={rows.item} aria-label={`${agent} asks for ${host}`}>
      <div className={rows.row}>
        <div className={rows.what}>
          <h2>{host}</h2>
          <Group gap={7} component="span">
            <Person name={agent} />
            <Text size="sm" c="dimmed" span>
              by {KIND_WORDS[kind]}
            </Text>
            <Text size="sm" c="dimmed" span>
              {waitsUntil > now ? (
                <>
                  waits for it, <Countdown until={waitsUntil} /> more
                </>
              ) : (
                <>
                  asked <Ago at={createdAt} />; an answer is for its next try
                </>
              )}
            </Text>
          </Group>
        </div>
        <Group gap={8}>
          <Button.Group>
            <Button size="xs" loading={answer.isPending} onClick={() => give('turn')}>
              Allow for this turn
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button size="xs" px={7} aria-label="Allow for longer or shorter" disabled={answer.isPending}>
                  <IconChevronDown size={14} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {LONGER.map((one) => (
                  <Menu.Item key={one.answer} onClick={() => give(one.answer)}>
                    {one.label}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          </Button.Group>
          <Button
            variant="default"
            size="xs"
            c="var(--hive-bad)"
            disabled={answer.isPending}
            onClick={() => give('no')}
          >
            Refuse
          </Button>
        </Group>
      </div>
    </li>
  );
}
