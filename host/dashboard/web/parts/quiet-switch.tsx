import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBell, IconBellOff } from '@tabler/icons-react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { formatDateTime } from '../data/format.ts';
import { useSetQuiet } from '../data/mutations.ts';
import { Countdown, useNow } from './now.tsx';

const PERIODS = [
  { minutes: 15, label: 'For 15 minutes' },
  { minutes: 60, label: 'For 1 hour' },
  { minutes: 480, label: 'For 8 hours' },
  { minutes: 1_440, label: 'For a day' },
] as const;

/** The do-not-disturb state of an agent with the time left, and the menu that changes it. */
export function QuietSwitch({ agent }: { agent: Pick<AgentView, 'name' | 'quietUntil'> }) {
  const now = useNow();
  const set = useSetQuiet();
  const isQuiet = agent.quietUntil !== null && agent.quietUntil > now;
  const change = (minutes: number) =>
    set.mutate(
      { name: agent.name, minutes },
      {
        onSuccess: ({ until }) =>
          notifications.show({
            message:
              until === null
                ? `Mail wakes ${agent.name} again.`
                : `Only critical mail wakes ${agent.name} until ${formatDateTime(until)}.`,
          }),
      },
    );
  return (
    <Menu position="bottom-start" width={210}>
      <Menu.Target>
        <Button
          variant={isQuiet ? 'light' : 'subtle'}
          color={isQuiet ? 'orange' : 'gray'}
          {...(isQuiet ? { c: 'light-dark(#8a3d05, #ffd8a8)' } : {})}
          size="compact-xs"
          leftSection={isQuiet ? <IconBellOff size={14} stroke={1.8} /> : <IconBell size={14} stroke={1.8} />}
          loading={set.isPending}
        >
          {isQuiet && agent.quietUntil !== null ? (
            <>
              Do not disturb:&nbsp;
              <Countdown until={agent.quietUntil} />
            </>
          ) : (
            'Can be disturbed'
          )}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Only critical mail wakes it</Menu.Label>
        {PERIODS.map(({ minutes, label }) => (
          <Menu.Item key={minutes} onClick={() => change(minutes)}>
            {label}
          </Menu.Item>
        ))}
        {isQuiet && (
          <>
            <Menu.Divider />
            <Menu.Item onClick={() => change(0)}>End it now</Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
