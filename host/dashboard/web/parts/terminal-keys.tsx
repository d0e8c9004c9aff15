import { ActionIcon, Button, Group } from '@mantine/core';
import { IconArrowDown, IconArrowLeft, IconArrowRight, IconArrowUp } from '@tabler/icons-react';
import type { RefObject } from 'react';
import type { ScreenHandle } from './terminal-screen.tsx';

const KEYS = [
  { label: 'Esc', text: '\u001b' },
  { label: 'Tab', text: '\t' },
  { label: 'Ctrl-C', text: '\u0003' },
  { label: 'Ctrl-D', text: '\u0004' },
] as const;
const ARROWS = [
  { label: 'Left', text: '\u001b[D', Icon: IconArrowLeft },
  { label: 'Up', text: '\u001b[A', Icon: IconArrowUp },
  { label: 'Down', text: '\u001b[B', Icon: IconArrowDown },
  { label: 'Right', text: '\u001b[C', Icon: IconArrowRight },
] as const;

/** Keys that the keyboard of a phone does not have. */
export function TerminalKeys({ handle }: { handle: RefObject<ScreenHandle | null> }) {
  const type = (text: string) => {
    handle.current?.type(text);
    handle.current?.focus();
  };
  return (
    <Group gap={6} hiddenFrom="sm" role="toolbar" aria-label="Keys" wrap="nowrap">
      {KEYS.map(({ label, text }) => (
        <Button key={label} size="compact-xs" variant="default" px={6} onClick={() => type(text)}>
          {label}
        </Button>
      ))}
      {ARROWS.map(({ label, text, Icon }) => (
        <ActionIcon key={label} size={26} variant="default" aria-label={label} onClick={() => type(text)}>
          <Icon size={14} />
        </ActionIcon>
      ))}
    </Group>
  );
}
