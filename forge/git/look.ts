import type { RepoView } from '../../protocol/schemas/service.ts';
import { shorten } from '../../system/text/cut-text.ts';
import type { Git } from './process.ts';

/** Branches and tags of a bare repository: full name → object id. */
export async function readRefs(git: Git, path: string): Promise<Map<string, string>> {
  const text = await git.run([`--git-dir=${path}`, 'for-each-ref', '--format=%(objectname) %(refname)', ...PLACES]);
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}

const PLACES = ['refs/heads/', 'refs/tags/'];

const HEAD_FORMAT = '%(objectname)%00%(contents:subject)%00%(authorname)%00%(committerdate:unix)';

/** The newest commit of a branch, with texts cut to what a list shows; null when there is no such branch. */
export async function readHead(git: Git, path: string, branch: string): Promise<RepoView['head']> {
  const text = await git.run([`--git-dir=${path}`, 'for-each-ref', `--format=${HEAD_FORMAT}`, `refs/heads/${branch}`]);
  const [oid, summary, author, seconds] = text.trimEnd().split('\0');
  if (oid === undefined || oid === '') return null;
  // A committer chooses the date; what is no sensible time is told as 0.
  const at = Number(seconds) * 1000;
  return {
    oid,
    summary: shorten(summary ?? '', 200),
    author: shorten(author ?? '', 100),
    at: Number.isSafeInteger(at) && at >= 0 ? at : 0,
  };
}

/** How many objects a repository has, what they take on disk, and in how many packs. */
export async function measureObjects(
  git: Git,
  path: string,
): Promise<{ bytes: number; packs: number; objects: number }> {
  const text = await git.run([`--git-dir=${path}`, 'count-objects', '-v']);
  const figure = (key: string) => Number(new RegExp(`^${key}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    bytes: (figure('size') + figure('size-pack') + figure('size-garbage')) * 1024,
    packs: figure('packs'),
    objects: figure('count') + figure('in-pack'),
  };
}

/**
 * Points HEAD at the default branch, or, where there are tags and no branch, at the commit of the newest
 * tag: a clone has files then, and no "remote HEAD refers to nonexistent ref".
 */
export async function placeHead(
  git: Git,
  path: string,
  state: { refs: ReadonlyMap<string, string>; defaultBranch: string },
): Promise<void> {
  const hasBranch = state.refs.has(`refs/heads/${state.defaultBranch}`);
  const commit = hasBranch || state.refs.size === 0 ? null : await newestTaggedCommit(git, path);
  if (commit === null) await setHead(git, path, state.defaultBranch);
  else await git.run([`--git-dir=${path}`, 'update-ref', '--no-deref', 'HEAD', commit]);
}

/** Null when no tag names a commit. */
async function newestTaggedCommit(git: Git, path: string): Promise<string | null> {
  const format = '--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname)';
  const text = await git.run([`--git-dir=${path}`, 'for-each-ref', '--sort=-creatordate', format, 'refs/tags/']);
  return /\bcommit ([0-9a-f]+)/.exec(text)?.[1] ?? null;
}

/** Points HEAD at a branch: what a clone checks out. */
export async function setHead(git: Git, path: string, branch: string): Promise<void> {
  await git.run([`--git-dir=${path}`, 'symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
}

/**
 * The branch a clone should check out: as it was, unless that branch is not there and others are
 * (a first push of `master` into a repository made for `main`).
 */
export function chooseDefaultBranch(current: string, refs: ReadonlyMap<string, string>): string {
  const branches = [...refs.keys()].filter((ref) => ref.startsWith('refs/heads/')).map((ref) => ref.slice(11));
  if (branches.length === 0 || branches.includes(current)) return current;
  return ['main', 'master', 'trunk'].find((name) => branches.includes(name)) ?? (branches[0] as string);
}
