import type { RepoName } from '../../protocol/names.ts';
import type { AgentView, AgentWithoutCli } from '../../protocol/schemas/agent.ts';
import type { HiveEvent } from '../../protocol/schemas/event.ts';
import type { MessageView } from '../../protocol/schemas/message.ts';
import type { RepoView } from '../../protocol/schemas/repo.ts';
import { fakeEvents } from './fake-events.ts';
import { fakeAgents } from './fake-fleet.ts';
import { fakeLetters, type FakeMail, fakeMail } from './fake-letters.ts';
import { fakeMessages } from './fake-messages.ts';

/** The data of a fake hive in normal use. `now` (epoch milliseconds) is the time that it shows. */
export interface FakeData extends FakeMail {
  agents: AgentView[];
  messages: MessageView[];
  events: HiveEvent[];
  repos: RepoView[];
  /** Agents that `rebuildAll` leaves alone. */
  withoutCli: AgentWithoutCli[];
}

const MINUTE = 60_000;

export function fakeData(now: number): FakeData {
  return {
    agents: fakeAgents(now),
    messages: [...fakeMessages(now), ...fakeLetters(now)],
    events: fakeEvents(now),
    repos: fakeRepos(now),
    withoutCli: [],
    ...fakeMail(now),
  };
}

function fakeRepos(now: number): RepoView[] {
  const repo = (owner: string, name: string, rest: Partial<RepoView>): RepoView => ({
    owner: owner as RepoView['owner'],
    ownerKind: owner === 'shared' ? 'shared' : 'agent',
    name: name as RepoName,
    description: '',
    defaultBranch: 'main',
    branches: 1,
    openPulls: 0,
    forkOf: null,
    head: null,
    sizeBytes: 0,
    createdAt: now - 9_000 * MINUTE,
    pushedAt: null,
    access: 'admin',
    ...rest,
  });
  const head = (summary: string, author: string, minutes: number) => ({
    oid: '9f2c1e7ab34d5c6e7f8091a2b3c4d5e6f7a8b9c0',
    summary,
    author,
    at: now - minutes * MINUTE,
  });
  return [
    repo('coder', 'importer', {
      description: 'Reads what customers send, in any of eleven formats',
      branches: 4,
      head: head('Answer an empty file with an empty header', 'coder', 34),
      sizeBytes: 4_812_000,
      pushedAt: now - 34 * MINUTE,
    }),
    repo('scout', 'notes', {
      description: 'What was found where',
      head: head('Note the limits of the vendor API', 'scout', 210),
      sizeBytes: 92_000,
      pushedAt: now - 210 * MINUTE,
    }),
    repo('shared', 'docs', {
      description: 'The house rules; pushed to by the manager',
      branches: 2,
      head: head('Say who reviews what', 'manager', 2_900),
      sizeBytes: 310_000,
      pushedAt: now - 2_900 * MINUTE,
    }),
    repo('manager', 'plans', {}),
  ];
}
