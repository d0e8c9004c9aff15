import { Button, Group } from '@mantine/core';
import type { TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { EmptyState, ErrorState, LoadingRows } from './page.tsx';

/** The part of a query that a list needs; the last three fields exist for a paged query. The query client's queries have this shape. */
export interface ListQuery<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly refetch: () => Promise<unknown>;
  readonly hasNextPage?: boolean;
  readonly isFetchingNextPage?: boolean;
  readonly fetchNextPage?: () => Promise<unknown>;
}

/** The texts shown instead of an empty list. */
export interface Empty {
  readonly icon: TablerIcon;
  readonly title: string;
  readonly text: ReactNode;
}

interface Props<T> {
  of: ListQuery<T>;
  /** The number and height (px) of the skeletons shown while loading. */
  loading: { rows: number; height?: number };
  /** Null when the children render an empty list themselves. */
  empty: Empty | null;
  isEmpty?: (data: T) => boolean;
  more?: string;
  children: (data: T) => ReactNode;
}

/** The common rendering of all lists: error, skeletons while loading, empty state, rows, and a button for more. */
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

/** The button that loads the next page. */
function LoadMore({ of, label }: { of: ListQuery<unknown>; label: string }) {
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
