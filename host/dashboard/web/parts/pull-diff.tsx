import { Button, Group } from '@mantine/core';
import { useMemo } from 'react';
import type { PullDescription } from '../../../../protocol/schemas/pull.ts';
import type { PullPlace } from '../data/pull-keys.ts';
import { usePullDiff } from '../data/pull-queries.ts';
import { joinPages } from '../data/read-patch.ts';
import { ErrorState, LoadingRows } from './page.tsx';
import { PatchList } from './patch-list.tsx';
import classes from './pull-diff.module.css';

interface Props {
  place: PullPlace;
  description: PullDescription;
  /** The commit whose changes are shown. */
  commit: string;
  /** One file alone; null: all. */
  path: string | null;
}

/** What a commit of a pull request changes. Further pages are loaded as they come near. */
export function PullDiff({ place, description, commit, path }: Props) {
  const diff = usePullDiff(place, { commit, base: description.pull.base, path });
  const sections = useMemo(() => joinPages(diff.data?.pages ?? []), [diff.data]);
  if (diff.data === undefined && diff.error !== null)
    return <ErrorState error={diff.error} onRetry={() => void diff.refetch()} />;
  if (diff.data === undefined) return <LoadingRows rows={8} height={28} />;
  if (sections.length === 0) return <p className={classes.nothing}>There is nothing to show: it changes no file.</p>;
  return (
    <>
      <PatchList
        sections={sections}
        files={description.files}
        description={description}
        commit={commit}
        onEnd={() => {
          if (diff.hasNextPage && !diff.isFetching && diff.error === null) void diff.fetchNextPage();
        }}
      />
      {diff.isFetchingNextPage && <LoadingRows rows={2} height={24} />}
      {diff.error !== null && (
        <Group justify="center" mt="md" role="alert">
          <span>{diff.error.message}</span>
          <Button variant="default" size="xs" onClick={() => void diff.fetchNextPage()}>
            Try again
          </Button>
        </Group>
      )}
    </>
  );
}
