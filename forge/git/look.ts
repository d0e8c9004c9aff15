import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import type { CommitView, RepoDescription, RepoView } from '../../protocol/schemas/repo.ts';
import { shorten } from '../../system/text/cut-text.ts';
import { type Git, gitFailed } from './process.ts';

/** Branches and tags of a bare repository: full name → object id. */
export async function readRefs(git: Git, path: string): Promise<Map<string, string>> {
  const text = await git.run([`--git-dir=${path}`, 'for-each-ref', '--format=%(objectname) %(refname)', ...PLACES]);
  return new Map(linesOf(text).map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}

const PLACES = ['refs/heads/', 'refs/tags/'];

const COMMIT_OF_REF = '%(objectname)%00%(contents:subject)%00%(authorname)%00%(committerdate:unix)';

/** The newest commit of a branch, with texts truncated for lists; null when there is no such branch. */
export async function readHead(git: Git, path: string, branch: string): Promise<RepoView['head']> {
  const text = await git.run([
    `--git-dir=${path}`,
    'for-each-ref',
    `--format=${COMMIT_OF_REF}`,
    `refs/heads/${branch}`,
  ]);
  return parseCommit(text.trimEnd().split('\0'));
}

/** Branches with their newest commits, newest first, at most `limit`. */
export async function listBranches(git: Git, path: string, limit: number): Promise<RepoDescription['branches']> {
  const format = `--format=%(refname)%00${COMMIT_OF_REF}`;
  const sorted = ['--sort=refname', '--sort=-committerdate', `--count=${limit}`];
  const text = await git.run([`--git-dir=${path}`, 'for-each-ref', format, ...sorted, 'refs/heads/']);
  return linesOf(text).flatMap((line) => {
    const [ref = '', ...fields] = line.split('\0');
    const commit = parseCommit(fields);
    return commit === null ? [] : [{ name: ref.replace(/^refs\/heads\//, ''), ...commit }];
  });
}

/** The last commits of an existing branch, newest first, at most `limit`. */
export async function listCommits(
  git: Git,
  path: string,
  { branch, limit }: { branch: string; limit: number },
): Promise<CommitView[]> {
  const range = [`--max-count=${limit}`, '--format=%H%x00%s%x00%an%x00%ct', '--end-of-options', `refs/heads/${branch}`];
  const text = await git.run([
    `--git-dir=${path}`,
    '-c',
    'log.showSignature=false',
    'log',
    '--no-color',
    ...range,
    '--',
  ]);
  return parseCommits(text);
}

/** Lines of id, subject, author and seconds, separated by NUL. */
export function parseCommits(text: string): CommitView[] {
  return linesOf(text).flatMap((line) => parseCommit(line.split('\0')) ?? []);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Null for a line that is no commit. */
function parseCommit([oid, summary, author, seconds]: readonly string[]): CommitView | null {
  if (oid === undefined || oid === '') return null;
  // A committer chooses the date freely; an out-of-range one becomes 0.
  const at = Number(seconds) * 1000;
  return {
    oid,
    summary: shorten(summary ?? '', 200),
    author: shorten(author ?? '', 100),
    at: Number.isSafeInteger(at) && at >= 0 ? at : 0,
  };
}

/** Number of a repository's objects, their bytes on disk, the number of packs, and of objects in files of their own. */
export async function measureObjects(
  git: Git,
  path: string,
): Promise<{ bytes: number; packs: number; objects: number; loose: number }> {
  const text = await git.run([`--git-dir=${path}`, 'count-objects', '-v']);
  const figure = (key: string) => Number(new RegExp(`^${key}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    bytes: (figure('size') + figure('size-pack') + figure('size-garbage')) * 1024,
    packs: figure('packs'),
    objects: figure('count') + figure('in-pack'),
    loose: figure('count'),
  };
}

/**
 * Points HEAD at the default branch, or, where there are tags and no branch, at the commit of the newest tag: a clone
 * has files then, and no "remote HEAD refers to nonexistent ref".
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

/** The number of a repository's packs. */
export async function countPacks(path: string): Promise<number> {
  return (await readdir(join(path, 'objects/pack'))).filter((name) => name.endsWith('.pack')).length;
}

/** Points HEAD at a branch: what a clone checks out. */
export async function setHead(git: Git, path: string, branch: string): Promise<void> {
  const now = await readFile(join(path, 'HEAD'), 'utf8').catch(() => '');
  if (now === `ref: refs/heads/${branch}\n`) return;
  await git.run([`--git-dir=${path}`, 'symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
}

/**
 * The branch a clone should check out: unchanged, unless that branch is missing and others exist (a first push of
 * `master` into a repository created for `main`).
 */
export function chooseDefaultBranch(current: string, refs: ReadonlyMap<string, string>): string {
  const branches = [...refs.keys()].filter((ref) => ref.startsWith('refs/heads/')).map((ref) => ref.slice(11));
  if (branches.length === 0 || branches.includes(current)) return current;
  return ['main', 'master', 'trunk'].find((name) => branches.includes(name)) ?? (branches[0] as string);
}

const NAMED = 10;

/** Throws `not_found`, with the existing branches, unless the branch is one of the refs. */
export function assertBranch(refs: ReadonlyMap<string, string>, branch: string): void {
  if (refs.has(`refs/heads/${branch}`)) return;
  const there = [...refs.keys()].filter((ref) => ref.startsWith('refs/heads/')).map((ref) => ref.slice(11));
  const more = there.length > NAMED ? ` and ${there.length - NAMED} more` : '';
  throw new HiveError(
    'not_found',
    there.length === 0
      ? `There is no branch ${branch}: the repository has none.`
      : `There is no branch ${branch}. There are: ${there.slice(0, NAMED).join(', ')}${more}.`,
  );
}

/** The text of a file at a commit. Null: there is none, or it is no file; its text null: it is too large. */
export async function readSmallFile(
  git: Git,
  path: string,
  { commit, file, maxBytes }: { commit: string; file: string; maxBytes: number },
): Promise<{ text: string | null } | null> {
  // Only a file: a symlink's text is a path, and is not followed.
  const listed = await git.run([`--git-dir=${path}`, 'ls-tree', '-z', '--full-tree', commit, '--', file]);
  const [, oid] = /^100(?:644|755) blob ([0-9a-f]+)\t/.exec(listed) ?? [];
  if (oid === undefined) return null;
  const { code, stdout, stderr, isCut } = await git.ask([`--git-dir=${path}`, 'cat-file', 'blob', oid], { maxBytes });
  if (isCut) return { text: null };
  if (code !== 0) throw gitFailed(code, stderr);
  return { text: stdout };
}
