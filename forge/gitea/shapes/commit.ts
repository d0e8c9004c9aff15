import type { FileChange } from '../../git/diff.ts';
import type { Commit } from '../../git/history.ts';
import { list } from '../answer.ts';
import type { BaseUrl } from '../route.ts';

interface Where {
  readonly base: BaseUrl;
  /** `OWNER/NAME`. */
  readonly repo: string;
}

/** A commit as lists and comparisons show it. Git's names are no identities: `author` and `committer` stay null. */
export function toCommit(commit: Commit, { base, repo }: Where) {
  const url = (oid: string) => `${base}/api/v1/repos/${repo}/git/commits/${oid}`;
  const { oid, tree, parents, author, committer, message } = commit;
  return {
    sha: oid,
    url: url(oid),
    html_url: url(oid),
    created: committer.date,
    commit: {
      url: url(oid),
      message,
      author,
      committer,
      tree: { sha: tree, url: `${base}/api/v1/repos/${repo}/git/trees/${oid}`, created: committer.date },
    },
    author: null,
    committer: null,
    parents: parents.map((parent) => ({ sha: parent, url: url(parent), created: committer.date })),
  };
}

/** A commit as a branch shows it. */
export function toTipCommit({ oid, message, author, committer }: Commit, { base, repo }: Where) {
  return {
    id: oid,
    message,
    url: `${base}/${repo}/commit/${oid}`,
    author: { name: author.name, email: author.email, username: '' },
    committer: { name: committer.name, email: committer.email, username: '' },
    timestamp: committer.date,
    added: null,
    removed: null,
    modified: null,
  };
}

const STATUSES = { added: 'added', modified: 'changed', deleted: 'deleted', renamed: 'renamed' } as const;

/** A changed file of a pull request or a comparison. */
export function toChangedFile(file: FileChange, { base, repo, oid }: Where & { oid: string }) {
  const { path, change, before, added, removed } = file;
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return {
    filename: path,
    ...(before === null ? {} : { previous_filename: before }),
    status: STATUSES[change],
    additions: added ?? 0,
    deletions: removed ?? 0,
    changes: (added ?? 0) + (removed ?? 0),
    contents_url: `${base}/api/v1/repos/${repo}/contents/${encoded}?ref=${oid}`,
    raw_url: `${base}/api/v1/repos/${repo}/raw/${encoded}?ref=${oid}`,
  };
}

/** The changes of one commit, in sum and by file. */
export function toStats(files: readonly FileChange[]) {
  const sum = (of: (file: FileChange) => number | null) => files.reduce((all, file) => all + (of(file) ?? 0), 0);
  const additions = sum(({ added }) => added);
  const deletions = sum(({ removed }) => removed);
  return {
    stats: { total: additions + deletions, additions, deletions },
    files: files.map(({ path, change }) => ({ filename: path, status: change })),
  };
}

/** A tag; `oid` is that of the tag itself, where it has a message. */
export function toTag(
  { name, oid, commit }: { name: string; oid: string; commit: Commit },
  { base, repo }: { base: BaseUrl; repo: string },
) {
  const archive = `${base}/api/v1/repos/${repo}/archive/${encodeURIComponent(name)}`;
  const url = `${base}/api/v1/repos/${repo}/git/commits/${commit.oid}`;
  return {
    name,
    id: oid,
    message: '',
    commit: { sha: commit.oid, url, created: commit.committer.date },
    zipball_url: `${archive}.zip`,
    tarball_url: `${archive}.tar.gz`,
  };
}

/** A page of commits. */
export function listCommits({ commits, total }: { commits: readonly Commit[]; total: number }, where: Where) {
  return list(
    commits.map((commit) => toCommit(commit, where)),
    total,
  );
}
