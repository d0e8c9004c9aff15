import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { EVENT_DATA, type EventData } from '../../protocol/schemas/event.ts';
import type { ForgeFact } from '../../protocol/schemas/forge-fact.ts';
import type { WebhookEvent } from '../../protocol/schemas/webhook.ts';
import { viewOne } from '../backend/manage.ts';
import { readCommits } from '../git/history.ts';
import { toTipCommit } from '../gitea/shapes/commit.ts';
import { toPull } from '../gitea/shapes/pull.ts';
import { toRepository } from '../gitea/shapes/repository.ts';
import { toUser } from '../gitea/shapes/user.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { labelsOfPull } from '../store/labels.ts';
import { findPull, reviewersOf } from '../store/pulls.ts';
import { findRef } from '../store/refs.ts';
import type { Repository } from '../store/repositories.ts';

/** One call of a webhook. `type`: the event in Gitea's finer words. */
export interface MadeEvent {
  readonly type: string;
  readonly payload: object;
}

/** How agents address the forge. A receiver outside cannot follow these links; the forge does not know its own name there. */
const BASE = 'http://127.0.0.1:7002';
const OPERATOR_CALLER: RepoCaller = { kind: 'operator' };
const NOTHING = '0'.repeat(40);
const MOST_COMMITS = 20;
const MOST_REFS = 20;

/** What a webhook is called with for a fact of the forge, as far as its events ask for it; in Gitea's shapes. */
export async function makeEvents(
  core: ForgeCore,
  fact: ForgeFact,
  to: { repository: Repository; events: readonly WebhookEvent[] },
): Promise<MadeEvent[]> {
  const { repository, events } = to;
  const kind = KINDS[fact.kind];
  if (kind === undefined || !events.some((event) => kind.includes(event))) return [];
  const shared = {
    repository: toRepository(viewOne(core, OPERATOR_CALLER, repository.id), { caller: OPERATOR_CALLER, base: BASE }),
    sender: toUser(fact.by, BASE),
  };
  const data = { ...fact.data, repo: fact.repo, by: fact.by };
  const pull = (number: number) => describePull(core, repository, { number, shared });
  switch (fact.kind) {
    case 'forge.pushed':
      return makePushes(core, EVENT_DATA['forge.pushed'].parse(data), { repository, shared });
    case 'forge.pull_opened': {
      const { number } = EVENT_DATA['forge.pull_opened'].parse(data);
      return [{ type: 'pull_request', payload: { action: 'opened', number, ...pull(number), ...shared } }];
    }
    case 'forge.pull_changed': {
      const { number, what } = EVENT_DATA['forge.pull_changed'].parse(data);
      const isPushed = what.includes('new commits');
      const action = isPushed ? 'synchronized' : 'edited';
      const type = isPushed ? 'pull_request_sync' : 'pull_request';
      return [{ type, payload: { action, number, ...pull(number), ...shared } }];
    }
    case 'forge.pull_ended': {
      const { number } = EVENT_DATA['forge.pull_ended'].parse(data);
      return [{ type: 'pull_request', payload: { action: 'closed', number, ...pull(number), ...shared } }];
    }
    case 'forge.pull_reviewed': {
      const { number, verdict } = EVENT_DATA['forge.pull_reviewed'].parse(data);
      const type = REVIEWS[verdict];
      const wanted = verdict === 'comment' ? 'pull_request_comment' : 'pull_request_review';
      if (!events.includes(wanted)) return [];
      const review = { type, content: '' };
      return [{ type, payload: { action: 'reviewed', number, ...pull(number), review, ...shared } }];
    }
    case 'forge.checks_ended': {
      const { commit, passed, failed } = EVENT_DATA['forge.checks_ended'].parse(data);
      const description = passed ? 'The required checks passed.' : `Failed: ${failed.join(', ')}`;
      const state = passed ? 'success' : 'failure';
      return [{ type: 'status', payload: { sha: commit, state, context: 'checks', description, ...shared } }];
    }
    case 'forge.status_set': {
      const { commit, context, state } = EVENT_DATA['forge.status_set'].parse(data);
      return [{ type: 'status', payload: { sha: commit, state, context, description: '', ...shared } }];
    }
    default:
      return [];
  }
}

/** The events of a webhook to which a kind of fact can lead. */
const KINDS: Readonly<Partial<Record<ForgeFact['kind'], readonly WebhookEvent[]>>> = {
  'forge.pushed': ['push'],
  'forge.pull_opened': ['pull_request'],
  'forge.pull_changed': ['pull_request'],
  'forge.pull_ended': ['pull_request'],
  'forge.pull_reviewed': ['pull_request_review', 'pull_request_comment'],
  'forge.checks_ended': ['status'],
  'forge.status_set': ['status'],
};

const REVIEWS = {
  approve: 'pull_request_review_approved',
  request_changes: 'pull_request_review_rejected',
  comment: 'pull_request_review_comment',
} as const;

/** The event in the header, for an event in Gitea's finer words. */
export function headerEvent(type: string): string {
  if (type === 'pull_request_sync') return 'pull_request';
  return type.replace('pull_request_review_', 'pull_request_');
}

interface Shared {
  readonly repository: ReturnType<typeof toRepository>;
  readonly sender: ReturnType<typeof toUser>;
}

/** One event for each branch and tag. */
async function makePushes(
  core: ForgeCore,
  { refs }: EventData<'forge.pushed'>,
  { repository, shared }: { repository: Repository; shared: Shared },
): Promise<MadeEvent[]> {
  const path = core.places.repositoryDir(repository);
  const repo = `${repository.owner}/${repository.name}`;
  const made: MadeEvent[] = [];
  for (const { ref, old, new: oid } of refs.slice(0, MOST_REFS)) {
    const walk = { path, tip: oid ?? '', ...(old === null ? {} : { without: old }) };
    // What was pushed may be gone again.
    const commits =
      oid === null ? [] : await readCommits(core.git, walk, { skip: 0, limit: MOST_COMMITS }).catch(() => []);
    const shown = commits.map((commit) => toTipCommit(commit, { base: BASE, repo }));
    const [head = null] = shown;
    const places = { ref, before: old ?? NOTHING, after: oid ?? NOTHING };
    const listed = { commits: shown, total_commits: shown.length, head_commit: head };
    made.push({ type: 'push', payload: { ...places, compare_url: '', ...listed, pusher: shared.sender, ...shared } });
  }
  return made;
}

function describePull(
  core: ForgeCore,
  repository: Repository,
  { number, shared }: { number: number; shared: Shared },
): object {
  const pull = findPull(core.db, repository.id, number);
  if (pull === null) return {};
  const detail = {
    pull,
    reviewers: reviewersOf(core.db, pull.id),
    labels: labelsOfPull(core.db, pull.id),
    baseOid: pull.endedBaseOid ?? findRef(core.db, repository.id, `refs/heads/${pull.base}`),
    fork: null,
    hasNoConflicts: false,
  };
  // Whether it can be merged is not looked for: a receiver that needs it asks.
  return { pull_request: { ...toPull(detail, { base: BASE, repository: shared.repository }), mergeable: null } };
}
