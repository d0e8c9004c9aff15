import { Text } from '@mantine/core';
import { IconListNumbers } from '@tabler/icons-react';
import { Link } from 'wouter';
import { HiveError } from '../../../../protocol/errors.ts';
import { sayQueued } from '../../../../protocol/queue-words.ts';
import type { QueueEntryView, QueueView } from '../../../../protocol/schemas/queue.ts';
import { capitalize } from '../data/format.ts';
import { formatName } from '../data/plain-text.ts';
import { useMergeQueues } from '../data/pull-queries.ts';
import { pullPath } from '../data/pull-view.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { Dot } from '../parts/dot.tsx';
import { Ago } from '../parts/now.tsx';
import { Page, PageHead } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { CommitId } from '../parts/pull-state.tsx';
import { QueryList } from '../parts/query-list.tsx';
import { NotFoundPage } from './not-found.tsx';
import classes from '../parts/pulls.module.css';

interface Repo {
  owner: string;
  name: string;
}

/** What is merged next in a repository, in order, and the checks that run for it. */
export function MergeQueuePage({ owner, name }: Repo) {
  const queues = useMergeQueues(owner, name);
  if (queues.error instanceof HiveError && ['unknown_repo', 'invalid_input'].includes(queues.error.code))
    return <NotFoundPage />;
  return (
    <Page narrow>
      <PageHead
        title="Merge queue"
        documentTitle={`Merge queue of ${owner}/${name}`}
        about={
          <>
            <Link href={`/forge/pulls?repo=${owner}/${name}`} className="text-link">
              {owner}/{name}
            </Link>{' '}
            · pull requests are tested together before they are merged, in order
          </>
        }
      />
      <QueryList
        of={{ ...queues, error: queues.error ?? queues.failureReason }}
        loading={{ rows: 3 }}
        isEmpty={(data) => data.queues.length === 0}
        empty={{
          icon: IconListNumbers,
          title: 'Nothing waits to be merged',
          text: 'A branch whose rule says so takes pull requests through a queue. Others wait here for reviews.',
        }}
      >
        {(data) => data.queues.map((queue) => <Queue key={queue.branch} repo={{ owner, name }} queue={queue} />)}
      </QueryList>
    </Page>
  );
}

function Queue({ repo, queue }: { repo: Repo; queue: QueueView }) {
  const branch = showHiddenLine(queue.branch);
  return (
    <section aria-label={`Queue of ${branch}`}>
      <Text component="h2" fw={560} mb={8}>
        into <code>{branch}</code>
      </Text>
      <PanelList label={`Pull requests into ${branch}`} clip>
        {queue.entries.map((entry) => (
          <Entry key={entry.number} repo={repo} entry={entry} />
        ))}
      </PanelList>
      {queue.runs.map((run) => (
        <Text key={run.commit} size="sm" c="dimmed" mt={8}>
          {sayRun(run)} · <CommitId oid={run.commit} /> · <Ago at={run.startedAt} />
        </Text>
      ))}
    </section>
  );
}

function Entry({ repo, entry }: { repo: Repo; entry: QueueEntryView }) {
  return (
    <li>
      <Link href={pullPath({ ...repo, number: entry.number })} className={classes.row ?? ''}>
        <Text span c="dimmed" w={28} ta="right" aria-label="Place">
          {entry.position ?? '·'}
        </Text>
        <span className={classes.what}>
          <span className={classes.title}>
            {showHiddenLine(entry.title)} #{entry.number}
          </span>
          <span className={classes.about}>
            <span>by {showHiddenLine(formatName(entry.author))}</span>
            {entry.priority !== 'normal' && <span>{entry.priority}</span>}
            <span>{capitalize(showHiddenLine(sayQueued(entry)))}</span>
          </span>
        </span>
        <span className={classes.end}>
          <Dot color={DOTS[entry.state]} hollow={entry.state === 'waiting'} />
          <Ago at={entry.at} />
        </span>
      </Link>
    </li>
  );
}

const DOTS = { waiting: 'gray', queued: 'orange', testing: 'blue' } as const;

function sayRun({ numbers, purpose, state, tries }: QueueView['runs'][number]): string {
  const what = numbers.map((number) => `#${number}`).join(', ');
  const why = purpose === 'search' ? ' to find which one fails' : '';
  const again = tries > 1 ? `, for the ${tries}. time` : '';
  return `The checks of ${what}${why} ${state === 'running' ? 'run' : `have ${state}`}${again}`;
}
