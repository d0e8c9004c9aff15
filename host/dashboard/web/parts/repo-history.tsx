import { Button, Group } from '@mantine/core';
import { Link } from 'wouter';
import type { CommitView } from '../../../../protocol/schemas/repo.ts';
import { repoPlaceLink } from '../data/repo-place.ts';
import { type At, useHistory } from '../data/repo-queries.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Ago } from './now.tsx';
import { ErrorState, LoadingRows } from './page.tsx';
import { CommitId } from './pull-state.tsx';
import commits from './pull.module.css';

/** The commits that changed a path, or all of a branch. */
export function RepoHistory({ at }: { at: At }) {
  const history = useHistory(at);
  if (history.data === undefined)
    return history.error === null ? (
      <LoadingRows rows={6} />
    ) : (
      <ErrorState error={history.error} onRetry={() => void history.refetch()} />
    );
  return (
    <>
      <CommitList commits={history.data} />
      {history.hasNextPage && (
        <Group justify="center" mt="md">
          <Button
            variant="default"
            size="xs"
            loading={history.isFetchingNextPage}
            onClick={() => void history.fetchNextPage()}
          >
            Older commits
          </Button>
        </Group>
      )}
    </>
  );
}

export function CommitList({ commits: list }: { commits: readonly CommitView[] }) {
  return (
    <ul className={`panel ${commits.commits}`} aria-label="Commits">
      {list.map(({ oid, summary, author, at }) => (
        <li key={oid}>
          <Link href={repoPlaceLink({ ref: oid })} className={`text-link ${commits.summary}`}>
            {showHiddenLine(summary)}
          </Link>
          <span className={commits.none}>
            {showHiddenLine(author)}, <Ago at={at} />
          </span>
          <CommitId oid={oid} />
        </li>
      ))}
    </ul>
  );
}
