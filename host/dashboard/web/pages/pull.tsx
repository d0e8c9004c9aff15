import { Alert, Button, Group, Tabs } from '@mantine/core';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { HiveError } from '../../../../protocol/errors.ts';
import type { PullDescription } from '../../../../protocol/schemas/pull.ts';
import { formatName } from '../data/plain-text.ts';
import type { PullPlace } from '../data/pull-keys.ts';
import { usePull } from '../data/pull-queries.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { ErrorState, LoadingRows, Page, PageHead } from '../parts/page.tsx';
import { LabelChips } from '../parts/label-chip.tsx';
import { Ago } from '../parts/now.tsx';
import { PullButtons } from '../parts/pull-buttons.tsx';
import { PullFiles } from '../parts/pull-files.tsx';
import { PullChecks } from '../parts/pull-checks.tsx';
import { PullStatuses } from '../parts/pull-statuses.tsx';
import { PullLabels } from '../parts/pull-labels.tsx';
import { PullMerge } from '../parts/pull-merge.tsx';
import { PullReviewForm } from '../parts/pull-review-form.tsx';
import { PullReviewers } from '../parts/pull-reviewers.tsx';
import { Branches, CommitId, PullState } from '../parts/pull-state.tsx';
import { PullTalk } from '../parts/pull-talk.tsx';
import { NotFoundPage } from './not-found.tsx';
import tabs from '../parts/messages-head.module.css';
import classes from '../parts/pull.module.css';

/** A pull request: its conversation, commits, files and diff, and whether it can be merged. */
export function PullPage({ owner, name, number }: { owner: string; name: string; number: string }) {
  const isNumber = /^[1-9]\d{0,9}$/.test(number);
  return isNumber ? <Pull place={{ owner, name, number: Number(number) }} /> : <NotFoundPage />;
}

const MISSING = ['unknown_pull', 'unknown_repo', 'invalid_input'];

function Pull({ place }: { place: PullPlace }) {
  const query = usePull(place);
  const { data, error } = query;
  if (data !== undefined) return <Described place={place} description={data} />;
  if (error instanceof HiveError && MISSING.includes(error.code)) return <NotFoundPage />;
  const title = `${place.owner}/${place.name}#${place.number}`;
  const problem = error ?? query.failureReason;
  return (
    <Page>
      <PageHead title={title} documentTitle={title} />
      {problem === null ? (
        <LoadingRows rows={4} height={90} />
      ) : (
        <ErrorState error={problem} onRetry={() => void query.refetch()} />
      )}
    </Page>
  );
}

/** The page stays at the commit that it showed first, so that nobody judges commits that they did not see. */
function Described({ place, description }: { place: PullPlace; description: PullDescription }) {
  const { pull, commits, files, filesLeftOut } = description;
  const [commit, setCommit] = useState(pull.commit);
  const [params, setParams] = useSearchParams();
  const tab = TABS.find((one) => one === params.get('tab')) ?? 'talk';
  const showNewest = () => setCommit(pull.commit);
  const title = showHiddenLine(pull.title);
  return (
    <Page>
      <PageHead
        title={
          <>
            {title} <span className={classes.number}>#{pull.number}</span>
          </>
        }
        documentTitle={`${title} · ${pull.owner}/${pull.name}#${pull.number}`}
        about={
          <Group gap="4px 14px">
            <PullState pull={pull} />
            <Branches pull={pull} />
            <LabelChips labels={pull.labels} />
            <span>
              by {formatName(pull.author)}, <Ago at={pull.openedAt} />
            </span>
            <Link href={`/forge/${pull.owner}/${pull.name}`} className="text-link">
              {pull.owner}/{pull.name}
            </Link>
          </Group>
        }
      >
        <PullButtons description={description} />
      </PageHead>
      {commit !== pull.commit && (
        <Alert variant="light" mb="md" title="There are newer commits">
          <Group gap="sm">
            <span>
              You see <CommitId oid={commit} />, the branch is at <CommitId oid={pull.commit} />. Your approval and your
              merge are for what you see, and are refused until you look at the newest.
            </span>
            <Button size="xs" onClick={showNewest}>
              Show the newest commit
            </Button>
          </Group>
        </Alert>
      )}
      <Tabs
        value={tab}
        onChange={(value) => setParams(value === 'talk' ? {} : { tab: value ?? 'talk' }, { replace: true })}
        aria-label="Parts of the pull request"
        className={tabs.tabs ?? ''}
      >
        <Tabs.List>
          <Tabs.Tab value="talk">Conversation</Tabs.Tab>
          <Tabs.Tab value="commits">Commits · {commits.length}</Tabs.Tab>
          <Tabs.Tab value="files">Files · {files.length + filesLeftOut}</Tabs.Tab>
        </Tabs.List>
      </Tabs>
      {tab === 'talk' && (
        <div className={classes.columns}>
          <div className={classes.main}>
            <PullTalk description={description} />
            <PullReviewForm pull={pull} commit={commit} onReload={showNewest} />
          </div>
          <aside className={classes.side}>
            <PullChecks pull={pull} checks={description.merge.checks} />
            <PullStatuses statuses={description.merge.statuses} />
            <PullMerge description={description} commit={commit} onReload={showNewest} />
            <PullReviewers description={description} />
            <PullLabels pull={pull} />
          </aside>
        </div>
      )}
      {tab === 'commits' && <Commits commits={commits} />}
      {tab === 'files' && <PullFiles key={commit} place={place} description={description} commit={commit} />}
    </Page>
  );
}

const TABS = ['talk', 'commits', 'files'] as const;

function Commits({ commits }: Pick<PullDescription, 'commits'>) {
  if (commits.length === 0) return <p className={classes.none}>It has no commits that its base lacks.</p>;
  return (
    <ul className={`panel ${classes.commits}`} aria-label="Commits">
      {commits.map(({ oid, summary, author, at }) => (
        <li key={oid}>
          <span className={classes.summary}>{showHiddenLine(summary)}</span>
          <span className={classes.none}>
            {showHiddenLine(author)}, <Ago at={at} />
          </span>
          <CommitId oid={oid} />
        </li>
      ))}
    </ul>
  );
}
