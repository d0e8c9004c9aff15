import { ActionIcon, Group, Menu, Text, Tooltip, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconDeviceDesktop, IconLogout, IconMoon, IconSun, type TablerIcon } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { signOut } from '../data/api.ts';
import { useStatus } from '../data/queries.ts';
import { useLiveState } from './live-provider.tsx';
import { Dot } from './dot.tsx';
import classes from './sidebar-foot.module.css';

/** The state of the live connection, the colour scheme switch and the sign-out button. */
export function SidebarFoot({ onSignedOut }: { onSignedOut: () => void }) {
  const leaving = useMutation({ mutationFn: signOut, onSuccess: onSignedOut });
  return (
    <div className={classes.foot}>
      <Liveness />
      <Group gap={4} wrap="nowrap">
        <SchemeMenu />
        <Tooltip label="Sign out">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="Sign out"
            loading={leaving.isPending}
            onClick={() => leaving.mutate()}
          >
            <IconLogout size={17} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </div>
  );
}

function Liveness() {
  const status = useStatus();
  const { is } = useLiveState();
  const isAway = status.isError || is === 'broken';
  return (
    <Group gap={8} wrap="nowrap" title={status.data === undefined ? undefined : `Hyperhive ${status.data.version}`}>
      <Dot color={isAway ? 'orange' : is === 'live' ? 'green' : 'gray'} />
      <Text size="sm" c="dimmed">
        {isAway ? 'Reconnecting' : is === 'live' ? 'Live' : 'Connecting'}
      </Text>
    </Group>
  );
}

const SCHEMES: { value: 'light' | 'dark' | 'auto'; label: string; icon: TablerIcon }[] = [
  { value: 'light', label: 'Light', icon: IconSun },
  { value: 'dark', label: 'Dark', icon: IconMoon },
  { value: 'auto', label: 'As the system', icon: IconDeviceDesktop },
];

function SchemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Current = SCHEMES.find(({ value }) => value === colorScheme)?.icon ?? IconSun;
  return (
    <Menu position="top-end" width={180}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label="Colour scheme">
          <Current size={17} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} stroke={1.7} />}
            rightSection={value === colorScheme ? <IconCheck size={14} aria-label="chosen" /> : null}
            onClick={() => setColorScheme(value)}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
