import { Box, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconCloudOff, type TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './page.module.css';

/** A page's header: its only h1, controls beside it, and the document's title. */
export function PageHead({
  title,
  about,
  documentTitle,
  children,
}: {
  title: ReactNode;
  about?: ReactNode;
  documentTitle: string;
  children?: ReactNode;
}) {
  useDocumentTitle(`${documentTitle} · Hyperhive`);
  return (
    <Group justify="space-between" align="flex-start" gap="md" mb="lg">
      <Box className={classes.titles ?? ''}>
        <Title order={1} tabIndex={-1} className={classes.title}>
          {title}
        </Title>
        {about !== undefined && (
          <Text c="dimmed" component="div" mt={4}>
            {about}
          </Text>
        )}
      </Box>
      {children}
    </Group>
  );
}

/** Shown instead of an empty list: explains what will appear there and how. */
export function EmptyState({ icon: Icon, title, children }: { icon: TablerIcon; title: string; children: ReactNode }) {
  return (
    <div className={classes.empty}>
      <Icon size={32} stroke={1.4} aria-hidden />
      <Title order={2}>{title}</Title>
      <Text c="dimmed" component="div" maw={440}>
        {children}
      </Text>
    </div>
  );
}

/** Shown when loading failed: hived's error message and a retry button. */
export function ErrorState({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <div className={classes.empty} role="alert">
      <IconCloudOff size={32} stroke={1.4} aria-hidden />
      <Title order={2}>This could not be loaded</Title>
      <Text c="dimmed" maw={440}>
        {error.message}
      </Text>
      <Button variant="default" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}

/** Skeletons with the height of the rows that are being loaded. */
export function LoadingRows({ rows = 4, height = 52 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="sm" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius="md" />
      ))}
    </Stack>
  );
}

export function LoadingPage() {
  return (
    <div className={classes.page}>
      <Skeleton height={28} width={180} mb="lg" />
      <LoadingRows rows={5} />
    </div>
  );
}

/** The layout of a page that scrolls as a whole. */
export function Page({ children, narrow = false }: { children: ReactNode; narrow?: boolean }) {
  return (
    <div className={classes.page} data-narrow={narrow || undefined}>
      {children}
    </div>
  );
}
