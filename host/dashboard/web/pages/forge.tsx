import { Box, Text } from '@mantine/core';
import { IconGitBranch } from '@tabler/icons-react';
import type { RepoView } from '../../../../protocol/schemas/repo.ts';
import { formatBytes } from '../data/format.ts';
import { describeAccess } from '../data/describe-access.ts';
import { toPlainText } from '../data/plain-text.ts';
import { useProjects, useRepos } from '../data/queries.ts';
import { Link } from 'wouter';
import { CopyCommand } from '../parts/copy-command.tsx';
import { FORGE_IN_BOX } from '../../../../protocol/box-paths.ts';
import { ForgeTabs } from '../parts/forge-tabs.tsx';
import { Ago } from '../parts/now.tsx';
import { Page, PageHead } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { QueryList } from '../parts/query-list.tsx';
import classes from '../parts/repos.module.css';

/** All repositories of the private forge. */
export function ForgePage() {
  const repos = useRepos();
  const list = repos.data?.repos ?? [];
  return (
    <Page>
      <PageHead
        title="Forge"
        documentTitle="Forge"
        about={
          repos.data === undefined
            ? undefined
            : `${list.length} ${list.length === 1 ? 'repository' : 'repositories'} · agents use them inside their boxes, you with hivectl on the host`
        }
      />
      <ForgeTabs page="repos" />
      <Projects />
      <Repos />
    </Page>
  );
}

/** The projects with their members; nothing while there is none. */
function Projects() {
  const projects = useProjects().data?.projects ?? [];
  if (projects.length === 0) return null;
  return (
    <Box mb="lg">
      <PanelList label="Projects">
        {projects.map(({ name, description, members }) => (
          <li key={name} className={classes.repo}>
            <div className={classes.what}>
              <h2>
                <span>project</span> {name}
              </h2>
              {description !== '' && <Text>{toPlainText(description)}</Text>}
            </div>
            <Text size="sm" c="dimmed">
              {members.length === 0
                ? 'No members'
                : members.map(({ agent, level }) => `${agent}: ${level}`).join(' · ')}
            </Text>
          </li>
        ))}
      </PanelList>
    </Box>
  );
}

function Repos() {
  const repos = useRepos();
  // A query to a forge that is away is retried automatically; show the error meanwhile.
  const query = { data: repos.data, error: repos.error ?? repos.failureReason, refetch: repos.refetch };
  return (
    <QueryList
      of={query}
      loading={{ rows: 3, height: 96 }}
      isEmpty={({ repos: list }) => list.length === 0}
      empty={{
        icon: IconGitBranch,
        title: 'No repositories yet',
        text: (
          <>
            An agent makes one in its own namespace by pushing to it, for instance from the box of coder:
            <div style={{ marginTop: 12 }}>
              <CopyCommand command={`git push ${FORGE_IN_BOX}/coder/first main`} />
            </div>
            <p>You make one on the host:</p>
            <CopyCommand command="npx hivectl forge create operator/first" />
          </>
        ),
      }}
    >
      {({ repos: list }) => (
        <PanelList label="Repositories">
          {list.map((repo) => (
            <Repo key={`${repo.owner}/${repo.name}`} repo={repo} />
          ))}
        </PanelList>
      )}
    </QueryList>
  );
}

function Repo({ repo }: { repo: RepoView }) {
  return (
    <li className={classes.repo}>
      <div className={classes.what}>
        <h2>
          <Link href={`/forge/${repo.owner}/${repo.name}`} className="text-link">
            <span>{repo.owner}/</span>
            {repo.name}
          </Link>
        </h2>
        {repo.description !== '' && <Text>{toPlainText(repo.description)}</Text>}
        <Text size="sm" c="dimmed" component="div" className={classes.head ?? ''}>
          {repo.head === null ? (
            'Empty: nothing was pushed yet'
          ) : (
            <>
              <code>{repo.head.oid.slice(0, 7)}</code> {toPlainText(repo.head.summary)} ·{' '}
              {toPlainText(repo.head.author)}, <Ago at={repo.head.at} />
            </>
          )}
        </Text>
      </div>
      <div className={classes.side}>
        <RepoLinks repo={repo} />
        <Text size="sm" c="dimmed">
          {repo.defaultBranch} · {repo.branches} {repo.branches === 1 ? 'branch' : 'branches'} ·{' '}
          {formatBytes(repo.sizeBytes)}
        </Text>
        <Text size="sm" c="dimmed">
          {describeAccess(repo)}
        </Text>
        <dl className={classes.clone}>
          <dt>On the host</dt>
          <dd>
            <CopyCommand command={`npx hivectl forge git clone hive:${repo.owner}/${repo.name}`} />
          </dd>
          <dt>In a box</dt>
          <dd>
            <CopyCommand command={`git clone ${FORGE_IN_BOX}/${repo.owner}/${repo.name}`} />
          </dd>
        </dl>
      </div>
    </li>
  );
}

/** The ways to a repository's pull requests and to the rules of its branches. */
function RepoLinks({ repo: { owner, name, openPulls } }: { repo: RepoView }) {
  return (
    <span className={classes.links}>
      <Link href={`/forge/pulls?repo=${owner}/${name}`} className="text-link">
        {openPulls === 0
          ? 'No open pull requests'
          : `${openPulls} open pull ${openPulls === 1 ? 'request' : 'requests'}`}
      </Link>
      <Link
        href={`/forge/${owner}/${name}/rules`}
        className="text-link"
        aria-label={`Branch rules of ${owner}/${name}`}
      >
        Branch rules
      </Link>
      <Link href={`/forge/${owner}/${name}/queue`} className="text-link" aria-label={`Merge queue of ${owner}/${name}`}>
        Merge queue
      </Link>
    </span>
  );
}
