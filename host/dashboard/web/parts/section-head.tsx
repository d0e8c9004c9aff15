import { Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** The heading of a part of a page, with its action. */
export function SectionHead({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Group justify="space-between" align="center" mt={28} mb="sm" gap="sm">
      <Title order={2} size="h4">
        {title}
      </Title>
      {children}
    </Group>
  );
}
