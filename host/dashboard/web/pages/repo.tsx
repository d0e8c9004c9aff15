import { Button, Group, NativeSelect, Tabs, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { HiveError } from '../../../../protocol/errors.ts';
import type { RepoDescription } from '../../../../protocol/schemas/repo.ts';
import { readRepoPlace, repoPlaceLink, type RepoPlace, stepsOf } from '../data/repo-place.ts';
import { useRepo } from '../data/repo-queries.ts';
import { showHiddenLine } from '../data/show-hidden.ts';
import { NewPull } from '../parts/new-pull.tsx';
import { ErrorState, LoadingRows, Page, PageHead } from '../parts/page.tsx';
import { RepoFileView } from '../parts/repo-file.tsx';
import { RepoHistory } from '../parts/repo-history.tsx';
import { RepoOutside } from '../parts/repo-outside.tsx';
import { RepoSearch } from '../parts/repo-search.tsx';
import { RepoTreeView } from '../parts/repo-tree.tsx';
import { NotFoundPage } from './not-found.tsx';
import tabs from '../parts/messages-head.module.css';
import classes from '../parts/repo.module.css';

const MISSING = ['unknown_repo', 'invalid_input', 'invalid_name'];

/** A repository: its files, their history, and a search in them. The address names the place. */
export function RepoPage({ owner, name }: { owner: string; name: string }) {
  const query = useRepo(owner, name);
  const [params] = useSearchParams();
  const { data, error } = query;
  if (data !== undefined) return <Repo description={data} place={readRepoPlace(params)} />;
  if (error instanceof HiveError && MISSING.includes(error.code)) return <NotFoundPage />;
  return (
    <Page>
      <PageHead title={`${owner}/${name}`} documentTitle={`${owner}/${name}`} />
      {error === null ? <LoadingRows rows={6} /> : <ErrorState error={error} onRetry={() => void query.refetch()} />}
    </Page>
  );
}

function Repo({ description, place }: { description: RepoDescription; place: RepoPlace }) {
  const { repo } = description;
  const { owner, name } = repo;
  const [opening, setOpening] = useState(false);
  const title = `${owner}/${name}`;
  const at = { owner, name, ref: place.ref, path: place.path };
  return (
    <Page>
      <PageHead
        title={title}
        documentTitle={place.path === '' ? title : `${showHiddenLine(place.path)} · ${title}`}
        about={
          <Group gap="4px 14px">
            {repo.description !== '' && <span>{showHiddenLine(repo.description)}</span>}
            <Link href={`/forge/pulls?repo=${title}`} className="text-link">
              {sayOpen(repo.openPulls)}
            </Link>
            <Link href={`/forge/${title}/rules`} className="text-link">
              Branch rules
            </Link>
            <Link href={`/forge/${title}/labels`} className="text-link">
              Labels
            </Link>
          </Group>
        }
      >
        {description.branches.length > 1 && (
          <Button variant="default" size="xs" onClick={() => setOpening(true)}>
            New pull request
          </Button>
        )}
      </PageHead>
      {opening && <NewPull description={description} head={place.ref} onClose={() => setOpening(false)} />}
      {repo.head === null ? (
        <p className={classes.nothing}>Nothing was pushed yet.</p>
      ) : (
        <>
          <Bar description={description} place={place} />
          {place.view !== 'search' && <Steps name={name} place={place} />}
          {(place.view === 'file' || place.view === 'blame' || (place.view === 'history' && place.path !== '')) && (
            <FileTabs place={place} />
          )}
          {place.view === 'tree' && <RepoTreeView at={at} />}
          {(place.view === 'file' || place.view === 'blame') && (
            <RepoFileView key={`${place.ref}:${place.path}`} at={at} place={place} />
          )}
          {place.view === 'history' && <RepoHistory at={at} />}
          {place.view === 'search' && <RepoSearch at={at} query={place.query} />}
        </>
      )}
      {place.view === 'tree' && place.path === '' && <RepoOutside owner={owner} name={name} />}
    </Page>
  );
}

function sayOpen(count: number): string {
  if (count === 0) return 'No open pull requests';
  return count === 1 ? '1 open pull request' : `${count} open pull requests`;
}

/** The branch, and the search in its files. */
function Bar({ description: { repo, branches }, place }: { description: RepoDescription; place: RepoPlace }) {
  const [, go] = useLocation();
  const [query, setQuery] = useState(place.query);
  const chosen = place.ref === '' ? repo.defaultBranch : place.ref;
  const names = [...new Set([chosen, repo.defaultBranch, ...branches.map(({ name }) => name)])];
  return (
    <Group gap={10} mb="md" align="flex-end" className={classes.bar ?? ''}>
      <NativeSelect
        size="xs"
        aria-label="Branch"
        value={chosen}
        data={names.map((value) => ({ value, label: showHiddenLine(value) }))}
        onChange={({ currentTarget: { value } }) =>
          go(repoPlaceLink({ ...place, line: null, ref: value === repo.defaultBranch ? '' : value }))
        }
      />
      <Button
        component={Link}
        href={repoPlaceLink({ ref: place.ref, path: place.view === 'tree' ? place.path : '', view: 'history' })}
        variant="default"
        size="xs"
      >
        History
      </Button>
      <search className={classes.search}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (query.trim().length >= 2) go(repoPlaceLink({ view: 'search', ref: place.ref, query: query.trim() }));
          }}
        >
          <TextInput
            size="xs"
            type="search"
            aria-label="Search in files"
            placeholder="Search in files"
            leftSection={<IconSearch size={14} aria-hidden />}
            maxLength={200}
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
          />
        </form>
      </search>
    </Group>
  );
}

/** The way from the root to the path. */
function Steps({ name, place }: { name: string; place: RepoPlace }) {
  const steps = stepsOf(place.path);
  if (steps.length === 0) return null;
  return (
    <nav aria-label="Path" className={classes.steps}>
      <Link href={repoPlaceLink({ ref: place.ref })} className="text-link">
        {name}
      </Link>
      {steps.map((step, at) => (
        <Step
          key={step.path}
          isLast={at === steps.length - 1}
          href={repoPlaceLink({ ref: place.ref, path: step.path })}
        >
          {showHiddenLine(step.name)}
        </Step>
      ))}
    </nav>
  );
}

function Step({ isLast, href, children }: { isLast: boolean; href: string; children: ReactNode }) {
  return (
    <>
      <span aria-hidden>/</span>
      {isLast ? (
        <b aria-current="page">{children}</b>
      ) : (
        <Link href={href} className="text-link">
          {children}
        </Link>
      )}
    </>
  );
}

const FILE_VIEWS = ['file', 'blame', 'history'] as const;
const FILE_TABS: Readonly<Record<(typeof FILE_VIEWS)[number], string>> = {
  file: 'File',
  blame: 'Origin of lines',
  history: 'History',
};

function FileTabs({ place }: { place: RepoPlace }) {
  const [, go] = useLocation();
  return (
    <Tabs
      value={place.view}
      onChange={(view) => go(repoPlaceLink({ ...place, view: FILE_VIEWS.find((one) => one === view) ?? 'file' }))}
      aria-label="Views of the path"
      className={tabs.tabs ?? ''}
    >
      <Tabs.List>
        {FILE_VIEWS.map((view) => (
          <Tabs.Tab key={view} value={view}>
            {FILE_TABS[view]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
