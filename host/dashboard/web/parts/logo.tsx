import { Group, Text } from '@mantine/core';

export function Logo() {
  return (
    <Group gap={9} wrap="nowrap" component="span">
      <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
        <path d="M16 2 28 9v14l-12 7L4 23V9z" fill="#f0a51c" />
        <path d="M16 9.2 21.9 12.6v6.8L16 22.8l-5.9-3.4v-6.8z" fill="light-dark(#fff, #1a1b1f)" />
      </svg>
      <Text span fw={650} fz={16} style={{ letterSpacing: '-0.02em' }}>
        Hyperhive
      </Text>
    </Group>
  );
}
