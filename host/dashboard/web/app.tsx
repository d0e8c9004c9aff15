import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { PAGE_PATHS } from '../page-paths.ts';
import { createQueryClient } from './data/query-client.ts';
import { useFleet } from './data/queries.ts';
import { BranchRulesPage } from './pages/branch-rules.tsx';
import { LabelsPage } from './pages/labels.tsx';
import { MergeQueuePage } from './pages/merge-queue.tsx';
import { PullsPage } from './pages/pulls.tsx';
import { AgentSpecPage } from './pages/agent-spec.tsx';
import { ArchivesPage } from './pages/archives.tsx';
import { NewAgentPage } from './pages/new-agent.tsx';
import { AgentMailboxPage } from './pages/agent-mailbox.tsx';
import { AgentTranscriptPage } from './pages/agent-transcript.tsx';
import { AgentTerminalPage } from './pages/agent-terminal.tsx';
import { AgentRemindersPage } from './pages/agent-reminders.tsx';
import { DeadLettersPage } from './pages/dead-letters.tsx';
import { FleetPage } from './pages/fleet.tsx';
import { ForgePage } from './pages/forge.tsx';
import { GatewayPage } from './pages/gateway.tsx';
import { InboxPage } from './pages/inbox.tsx';
import { HostsPage } from './pages/hosts.tsx';
import { MoneyPage } from './pages/money.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { QuestionsPage } from './pages/questions.tsx';
import { SignedOutPage } from './pages/signed-out.tsx';
import { ThreadPage } from './pages/thread.tsx';
import { ThreadsPage } from './pages/threads.tsx';
import { TopicsPage } from './pages/topics.tsx';
import { ConfirmProvider } from './parts/confirm.tsx';
import { LiveProvider } from './parts/live-provider.tsx';
import { NowProvider } from './parts/now.tsx';
import { LoadingPage } from './parts/page.tsx';
import { Shell } from './parts/shell.tsx';

/** With the reader of Markdown and the diff, which no other page needs. */
const PullPage = lazy(async () => ({ default: (await import('./pages/pull.tsx')).PullPage }));

/** With the colours of code. */
const RepoPage = lazy(async () => ({ default: (await import('./pages/repo.tsx')).RepoPage }));

/** The root component: the sign-in state, the providers of shared state, and the routes. */
export function App() {
  const [signedOut, setSignedOut] = useState(false);
  const [queries] = useState(() => createQueryClient(() => setSignedOut(true)));
  if (signedOut) return <SignedOutPage />;
  return (
    <QueryClientProvider client={queries}>
      <NowProvider>
        <LiveProvider>
          <ConfirmProvider>
            <Shell onSignedOut={() => setSignedOut(true)}>
              <Pages />
            </Shell>
          </ConfirmProvider>
        </LiveProvider>
      </NowProvider>
    </QueryClientProvider>
  );
}

/** Renders no page before the fleet is loaded: the event stream starts at the fleet list's place in the log. */
function Pages() {
  const fleet = useFleet();
  if (fleet.data === undefined) return <LoadingPage />;
  return (
    <Switch>
      <Route path={PAGE_PATHS.fleet} component={FleetPage} />
      <Route path={PAGE_PATHS.newAgent} component={NewAgentPage} />
      <Route path={PAGE_PATHS.agent}>{({ name }) => <AgentTranscriptPage key={name} name={name} />}</Route>
      <Route path={PAGE_PATHS.agentMailbox}>{({ name }) => <AgentMailboxPage key={name} name={name} />}</Route>
      <Route path={PAGE_PATHS.agentReminders}>{({ name }) => <AgentRemindersPage key={name} name={name} />}</Route>
      <Route path={PAGE_PATHS.agentSpec}>{({ name }) => <AgentSpecPage key={name} name={name} />}</Route>
      <Route path={PAGE_PATHS.agentTerminal}>{({ name }) => <AgentTerminalPage key={name} name={name} />}</Route>
      <Route path={PAGE_PATHS.threads} component={ThreadsPage} />
      <Route path={PAGE_PATHS.inbox} component={InboxPage} />
      <Route path={PAGE_PATHS.deadLetters} component={DeadLettersPage} />
      <Route path={PAGE_PATHS.topics} component={TopicsPage} />
      <Route path={PAGE_PATHS.thread}>{({ id }) => <ThreadPage key={id} id={Number(id)} />}</Route>
      <Route path={PAGE_PATHS.questions} component={QuestionsPage} />
      <Route path={PAGE_PATHS.forge} component={ForgePage} />
      <Route path={PAGE_PATHS.pulls} component={PullsPage} />
      <Route path={PAGE_PATHS.repo}>
        {(repo) => (
          <Suspense fallback={<LoadingPage />}>
            <RepoPage key={`${repo.owner}/${repo.name}`} {...repo} />
          </Suspense>
        )}
      </Route>
      <Route path={PAGE_PATHS.pull}>
        {(place) => (
          <Suspense fallback={<LoadingPage />}>
            <PullPage key={`${place.owner}/${place.name}#${place.number}`} {...place} />
          </Suspense>
        )}
      </Route>
      <Route path={PAGE_PATHS.branchRules}>
        {(repo) => <BranchRulesPage key={`${repo.owner}/${repo.name}`} {...repo} />}
      </Route>
      <Route path={PAGE_PATHS.labels}>{(repo) => <LabelsPage key={`${repo.owner}/${repo.name}`} {...repo} />}</Route>
      <Route path={PAGE_PATHS.mergeQueue}>
        {(repo) => <MergeQueuePage key={`${repo.owner}/${repo.name}`} {...repo} />}
      </Route>
      <Route path={PAGE_PATHS.hosts} component={HostsPage} />
      <Route path={PAGE_PATHS.money} component={MoneyPage} />
      <Route path={PAGE_PATHS.gateway} component={GatewayPage} />
      <Route path={PAGE_PATHS.providers}>
        <Redirect to={PAGE_PATHS.gateway} replace />
      </Route>
      <Route path={PAGE_PATHS.archives} component={ArchivesPage} />
      <Route component={NotFoundPage} />
    </Switch>
  );
}
