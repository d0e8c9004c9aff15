import type { PullDetail, SaidEntry } from '../../backend/browse-pulls.ts';
import { parseForkHead } from '../../../protocol/pull-heads.ts';
import { type BaseUrl, pagesOf } from '../route.ts';
import { toDate } from './date.ts';
import { toLabel } from './label.ts';
import { idOf, toUser } from './user.ts';

interface Where {
  readonly base: BaseUrl;
  /** The repository as Gitea's clients see it. */
  readonly repository: { readonly id: number; readonly full_name: string };
}

/** A pull request. `draft` is told, too, by the prefix that Gitea's clients look for. */
export function toPull(
  { pull, reviewers, labels, baseOid, fork, hasNoConflicts }: PullDetail,
  { base, repository }: Where,
) {
  const { number, title, body, draft, author } = pull;
  const page = `${pagesOf(base)}/${repository.full_name}/pulls/${number}`;
  const branch = (ref: string, sha: string | null) => ({
    label: ref,
    ref,
    sha: sha ?? '',
    repo_id: repository.id,
    repo: repository,
  });
  return {
    id: pull.id,
    number,
    state: pull.state === 'open' ? 'open' : 'closed',
    title: draft ? `${DRAFT_PREFIX}${title}` : title,
    body,
    draft,
    user: toUser(author, base),
    labels: labels.map((label) => toLabel(label, { base, repo: repository.full_name })),
    milestone: null,
    assignee: null,
    assignees: null,
    requested_reviewers: reviewers.map((name) => toUser(name, base)),
    requested_reviewers_teams: [],
    is_locked: false,
    url: page,
    html_url: page,
    diff_url: `${base}/api/v1/repos/${repository.full_name}/pulls/${number}.diff`,
    patch_url: `${base}/api/v1/repos/${repository.full_name}/pulls/${number}.patch`,
    mergeable: hasNoConflicts && !draft,
    merged: pull.state === 'merged',
    merged_at: pull.state === 'merged' ? dateOrNull(pull.endedAt) : null,
    merge_commit_sha: pull.mergeOid,
    merged_by: pull.state === 'merged' && pull.endedBy !== null ? toUser(pull.endedBy, base) : null,
    allow_maintainer_edit: false,
    base: branch(pull.base, baseOid),
    head: toHead(pull.head, branch(pull.head, pull.headOid)),
    merge_base: fork ?? '',
    created_at: toDate(pull.openedAt),
    updated_at: toDate(pull.updatedAt),
    closed_at: dateOrNull(pull.endedAt),
    due_date: null,
    pin_order: 0,
  };
}

/** Of a branch in another repository only the names are told: whoever reads this may not see that. */
function toHead<T extends object>(head: string, own: T) {
  const fork = parseForkHead(head);
  if (fork === null) return own;
  const fullName = `${fork.owner}/${fork.name}`;
  return { ...own, label: `${fork.owner}:${fork.branch}`, ref: fork.branch, repo_id: idOf(fullName), repo: null };
}

/** With it in front of its title, Gitea's clients mark a pull request as a draft. */
export const DRAFT_PREFIX = 'WIP: ';

const REVIEW_STATES: Readonly<Record<string, string>> = { approve: 'APPROVED', request_changes: 'REQUEST_CHANGES' };

/** A judgement, or a comment on a file. Only those that count now are official. */
export function toReview(entry: SaidEntry, { url, base }: { url: string; base: BaseUrl }) {
  const isJudgement = REVIEW_STATES[entry.kind] !== undefined;
  return {
    id: entry.id,
    user: toUser(entry.by, base),
    state: REVIEW_STATES[entry.kind] ?? 'COMMENT',
    body: entry.body,
    commit_id: entry.oid,
    stale: entry.stale,
    official: isJudgement && !entry.stale,
    dismissed: false,
    comments_count: entry.path === null ? 0 : 1,
    submitted_at: toDate(entry.at),
    updated_at: toDate(entry.at),
    html_url: url,
    pull_request_url: url,
  };
}

/** The place of a review that is about a line. */
export function toReviewComment(entry: SaidEntry, { url, base }: { url: string; base: BaseUrl }) {
  return {
    id: entry.id,
    body: entry.body,
    user: toUser(entry.by, base),
    path: entry.path ?? '',
    position: entry.line ?? 0,
    original_position: 0,
    commit_id: entry.oid,
    pull_request_review_id: entry.id,
    created_at: toDate(entry.at),
    updated_at: toDate(entry.at),
    html_url: url,
    pull_request_url: url,
  };
}

/** A comment on the whole. */
export function toComment(
  entry: Pick<SaidEntry, 'id' | 'body' | 'by' | 'at'>,
  { url, base }: { url: string; base: BaseUrl },
) {
  return {
    id: entry.id,
    body: entry.body,
    user: toUser(entry.by, base),
    created_at: toDate(entry.at),
    updated_at: toDate(entry.at),
    html_url: `${url}#comment-${entry.id}`,
    pull_request_url: url,
    issue_url: '',
  };
}

function dateOrNull(at: number | null): string | null {
  return at === null ? null : toDate(at);
}
