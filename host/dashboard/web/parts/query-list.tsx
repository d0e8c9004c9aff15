import { Button, Group } from '@mantine/core';
import type { TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { EmptyState, ErrorState, LoadingRows } from './page.tsx';

/** Something asked of hived that is shown as a list, all of it or page by page. A query of the query client is one. */
export interface Asked<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly refetch: () => Promise<unknown>;
  readonly hasNextPage?: boolean;
  readonly isFetchingNextPage?: boolean;
  readonly fetchNextPage?: () => Promise<unknown>;
}

/** What stands there when there is nothing to list. */
export interface Empty {
  readonly icon: TablerIcon;
  readonly title: string;
  readonly text: ReactNode;
}

interface Props<T> {
  of: Asked<T>;
  /** How many grey lines of which height (px) stand there while it loads. */
  loading: { rows: number; height?: number };
  /** Null when `isEmpty` lists are for the children to show. */
  empty: Empty | null;
  isEmpty?: (data: T) => boolean;
  more?: string;
  children: (data: T) => ReactNode;
}

/** The one shape of every list: why it could not be loaded, grey lines while it loads, what is missing, rows, more of them. */
export function QueryList<T>({ of, loading, empty, isEmpty = hasNothing, more = 'Load older', children }: Props<T>) {
  if (of.data === undefined && of.error !== null)
    return <ErrorState error={of.error} onRetry={() => void of.refetch()} />;
  if (of.data === undefined) return <LoadingRows {...loading} />;
  if (empty !== null && isEmpty(of.data))
    return (
      <EmptyState icon={empty.icon} title={empty.title}>
        {empty.text}
      </EmptyState>
    );
  return (
    <>
      {children(of.data)}
      <LoadMore of={of} label={more} />
    </>
  );
}

function hasNothing(data: unknown): boolean {
  return Array.isArray(data) && data.length === 0;
}

/** Below a list of which there is more: the next page of it. */
function LoadMore({ of, label }: { of: Asked<unknown>; label: string }) {
  const { fetchNextPage } = of;
  if (of.hasNextPage !== true || fetchNextPage === undefined) return null;
  return (
    <Group justify="center" mt="lg">
      <Button variant="default" size="xs" loading={of.isFetchingNextPage ?? false} onClick={() => void fetchNextPage()}>
        {label}
      </Button>
    </Group>
  );
}
