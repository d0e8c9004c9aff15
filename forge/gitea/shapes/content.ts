import type { TreeEntry } from '../../git/tree.ts';
import type { BaseUrl } from '../route.ts';

interface Place {
  readonly base: BaseUrl;
  readonly repo: string;
  /** The ref that was asked for, or the default branch. */
  readonly ref: string;
}

const kindOf = ({ type, mode }: TreeEntry) =>
  type === 'tree' ? 'dir' : type === 'commit' ? 'submodule' : mode === '120000' ? 'symlink' : 'file';

/** An entry of a directory: its content is not in it. */
export function toContent(entry: TreeEntry, { base, repo, ref }: Place) {
  const { path, oid, size } = entry;
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const query = `?ref=${encodeURIComponent(ref)}`;
  const url = `${base}/api/v1/repos/${repo}/contents/${encoded}${query}`;
  const raw = entry.type === 'blob' ? `${base}/api/v1/repos/${repo}/raw/${encoded}${query}` : null;
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    sha: oid,
    type: kindOf(entry),
    size: size ?? 0,
    encoding: null,
    content: null,
    target: null,
    url,
    html_url: null,
    git_url: null,
    download_url: raw,
    submodule_git_url: null,
    _links: { self: url, git: null, html: null },
  };
}

/** A file with its content. A symbolic link has a target instead; it is never followed. */
export function toFile(file: { entry: TreeEntry; bytes: Buffer; lastCommit: string }, place: Place) {
  const shown = { ...toContent(file.entry, place), last_commit_sha: file.lastCommit };
  if (shown.type === 'symlink') return { ...shown, target: file.bytes.toString('utf8') };
  return shown.type === 'file' ? { ...shown, encoding: 'base64', content: file.bytes.toString('base64') } : shown;
}

/** An entry as the trees of git's own API have it. */
export function toTreeEntry({ path, mode, type, size, oid }: TreeEntry) {
  return { path, mode, type, size: size ?? 0, sha: oid, url: '' };
}
