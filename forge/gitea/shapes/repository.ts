import type { RepoCaller } from '../../../protocol/access/repo-access.ts';
import { suffices } from '../../../protocol/access/repo-access.ts';
import { tokenSuffices } from '../../../protocol/access/token-scopes.ts';
import type { RepoView } from '../../../protocol/schemas/repo.ts';
import { type BaseUrl, pagesOf } from '../route.ts';
import { toDate } from './date.ts';
import { idOf, toUser } from './user.ts';

/** A repository, with what the caller may do: its own rights within those of its token. */
export function toRepository(repo: RepoView, { caller, base }: { caller: RepoCaller; base: BaseUrl }) {
  const fullName = `${repo.owner}/${repo.name}`;
  const may = (action: 'look' | 'push') =>
    suffices(repo.access, action) && (caller.token === undefined || tokenSuffices(caller.token, action));
  const isEmpty = repo.head === null;
  return {
    id: idOf(fullName),
    owner: toUser(repo.owner, base),
    name: repo.name,
    full_name: fullName,
    description: repo.description,
    empty: isEmpty,
    private: true,
    internal: false,
    fork: repo.forkOf !== null,
    template: false,
    mirror: repo.follows !== undefined,
    archived: false,
    size: Math.ceil(repo.sizeBytes / 1024),
    html_url: `${pagesOf(base)}/${fullName}`,
    url: `${base}/api/v1/repos/${fullName}`,
    clone_url: `${base}/${fullName}.git`,
    ssh_url: '',
    default_branch: repo.defaultBranch,
    created_at: toDate(repo.createdAt),
    updated_at: toDate(repo.pushedAt ?? repo.createdAt),
    open_pr_counter: repo.openPulls,
    open_issues_count: 0,
    has_issues: false,
    has_wiki: false,
    has_projects: false,
    has_releases: false,
    has_packages: false,
    has_actions: false,
    has_pull_requests: true,
    permissions: { admin: false, push: may('push'), pull: may('look') },
    allow_merge_commits: true,
    allow_squash_merge: true,
    allow_rebase: true,
    allow_rebase_explicit: false,
    allow_rebase_update: false,
    allow_fast_forward_only_merge: true,
    default_merge_style: 'merge',
    default_delete_branch_after_merge: false,
    object_format_name: 'sha1',
  };
}
