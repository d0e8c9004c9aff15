import { NativeSelect, SegmentedControl } from '@mantine/core';
import { IconGitPullRequest } from '@tabler/icons-react';
import { useSearchParams } from 'wouter';
import type { PullState } from '../../../../protocol/schemas/pull.ts';
import { FORGE_IN_BOX } from '../../../../protocol/box-paths.ts';
import { formatName } from '../data/plain-text.ts';
import { type PullsFilter, useLabels, usePulls } from '../data/pull-queries.ts';
import { useFleet, useRepos } from '../data/queries.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { CopyCommand } from '../parts/copy-command.tsx';
import { ForgeTabs } from '../parts/forge-tabs.tsx';
import { Page, PageHead } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { PullRow } from '../parts/pull-row.tsx';
import { type Empty, QueryList } from '../parts/query-list.tsx';
import classes from '../parts/pulls.module.css';

const STATES: { value: PullState; label: string }[] = [
  { value: 'open', label: 'Open' },
  { value: 'merged', label: 'Merged' },
  { value: 'closed', label: 'Closed' },
];

/** The pull requests of the forge. The address contains the filter. */
export function PullsPage() {
  const [filter, setFilter] = useFilterInAddress();
  return (
    <Page>
      <PageHead title="Forge" documentTitle="Pull requests" about="What agents ask to be merged" />
      <ForgeTabs page="pulls" />
      <Filters filter={filter} onChange={setFilter} />
      <QueryList of={usePulls(filter)} loading={{ rows: 5, height: 64 }} empty={sayEmpty(filter)}>
        {(pulls) => (
          <PanelList label="Pull requests" clip>
            {pulls.map((pull) => (
              <PullRow key={`${pull.owner}/${pull.name}#${pull.number}`} pull={pull} />
            ))}
          </PanelList>
        )}
      </QueryList>
    </Page>
  );
}

/** No label has a longer name. */
const MOST_LABEL_CHARS = 50;

function useFilterInAddress(): [PullsFilter, (change: Partial<PullsFilter>) => void] {
  const [params, setParams] = useSearchParams();
  const state = STATES.find(({ value }) => value === params.get('state'))?.value ?? 'open';
  const repo = params.get('repo') ?? '';
  const filter = {
    state,
    repo: /^[^/]+\/[^/]+$/.test(repo) ? repo : '',
    author: params.get('author') ?? '',
    label: (params.get('label') ?? '').slice(0, MOST_LABEL_CHARS),
  };
  const change = (changed: Partial<PullsFilter>) => {
    const next = { ...filter, ...changed };
    const kept = Object.entries(next).filter(([key, value]) => value !== '' && !(key === 'state' && value === 'open'));
    setParams(Object.fromEntries(kept), { replace: true });
  };
  return [filter, change];
}

function Filters({ filter, onChange }: { filter: PullsFilter; onChange: (change: Partial<PullsFilter>) => void }) {
  const repos = useRepos().data?.repos.map(({ owner, name }) => `${owner}/${name}`) ?? [];
  const [owner = '', name = ''] = filter.repo.split('/');
  const labels = useLabels(owner, name, filter.repo !== '').data?.labels.map((label) => label.name) ?? [];
  const agents = useFleet().data?.agents.map(({ name }) => name as string) ?? [];
  return (
    <search className={classes.filters} aria-label="Choose pull requests">
      <SegmentedControl
        size="xs"
        aria-label="State"
        value={filter.state}
        data={STATES}
        onChange={(state) => onChange({ state: state as PullState })}
      />
      <NativeSelect
        size="xs"
        aria-label="Repository"
        value={filter.repo}
        data={[{ value: '', label: 'Every repository' }, ...withChosen(repos, filter.repo)]}
        onChange={(event) => onChange({ repo: event.currentTarget.value })}
      />
      <NativeSelect
        size="xs"
        aria-label="Author"
        value={filter.author}
        data={[
          { value: '', label: 'By everybody' },
          ...withChosen(['operator', ...agents], filter.author).map((value) => ({
            value,
            label: `By ${formatName(value)}`,
          })),
        ]}
        onChange={(event) => onChange({ author: event.currentTarget.value })}
      />
      {(labels.length > 0 || filter.label !== '') && (
        <NativeSelect
          size="xs"
          aria-label="Label"
          value={filter.label}
          data={[
            { value: '', label: 'Every label' },
            ...withChosen(labels, filter.label).map((value) => ({ value, label: showHiddenLine(value) })),
          ]}
          onChange={(event) => onChange({ label: event.currentTarget.value })}
        />
      )}
    </search>
  );
}

/** An address may name one that is gone. */
function withChosen(names: readonly string[], chosen: string): string[] {
  return chosen === '' || names.includes(chosen) ? [...names] : [...names, chosen];
}

function sayEmpty({ state, repo, author, label }: PullsFilter): Empty {
  const isAll = repo === '' && author === '' && label === '';
  if (!isAll || state !== 'open')
    return {
      icon: IconGitPullRequest,
      title: `No pull request is ${state}${isAll ? '' : ' here'}`,
      text: isAll ? 'One appears here when it ends so.' : 'Choose another state, repository, author or label above.',
    };
  return {
    icon: IconGitPullRequest,
    title: 'No open pull requests',
    text: (
      <>
        An agent pushes a branch, for instance in its box:
        <div style={{ marginTop: 12 }}>
          <CopyCommand command={`git push ${FORGE_IN_BOX}/OWNER/NAME fix`} />
        </div>
        <p>
          An agent that works in a project then asks for the merge with its tool <code>open_pr</code>; others of the
          project judge it with <code>review_pr</code> and merge it with <code>merge_pr</code>. You ask on the
          repository’s page, or on the host:
        </p>
        <CopyCommand command="npx hivectl pr open OWNER/NAME fix --title TITLE" />
      </>
    ),
  };
}
