import type { MergeMethod } from '../../protocol/schemas/merge-method.ts';
import { COMPARE, isAncestorArgv } from './policy.ts';
import { type Git, gitFailed } from './process.ts';

/** Two commits to merge in the bare repository at `path`; `env` may name another directory for the objects it makes. */
export interface Sides {
  readonly path: string;
  readonly base: string;
  readonly head: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The merged tree, or the files that conflict (none of them: the histories have nothing in common). */
export type Merged = { readonly tree: string } | { readonly conflicts: readonly string[] };

/** Pushes to the repository wait meanwhile. */
const LONGEST_MERGE_MS = 30_000;

/** Merges two commits without a work tree. Throws `internal` when git fails. */
export async function mergeTrees(git: Git, { path, base, head, env = {} }: Sides): Promise<Merged> {
  const argv = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', base, head];
  const options = { env, limitMs: LONGEST_MERGE_MS };
  const { code, stdout, stderr } = await git.ask([...COMPARE, `--git-dir=${path}`, ...argv], options);
  const [tree = '', ...files] = stdout.split('\0').filter((part) => part !== '');
  if (code === 0) return { tree };
  if (code === 1) return { conflicts: [...new Set(files)] };
  if (stderr.includes('unrelated histories')) return { conflicts: [] };
  throw gitFailed(code, stderr);
}

/** The commits of a merge that is only tried. */
export interface Ends {
  readonly base: string;
  readonly head: string;
}

/** For each pair whether git can merge it: one run of git for as many pairs as it gets through. Throws as mergeTrees. */
export async function tryMerges(
  git: Git,
  { path, env = {} }: Pick<Sides, 'path' | 'env'>,
  pairs: readonly Ends[],
): Promise<boolean[]> {
  const verdicts: boolean[] = [];
  while (verdicts.length < pairs.length) {
    const rest = pairs.slice(verdicts.length);
    const argv = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', '--stdin'];
    const input = rest.map(({ base, head }) => `${base} ${head}\n`).join('');
    const options = { env, input, limitMs: LONGEST_MERGE_MS };
    const { stdout } = await git.ask([...COMPARE, `--git-dir=${path}`, ...argv], options);
    verdicts.push(...readVerdicts(stdout).slice(0, rest.length));
    // git ends at a pair whose histories have nothing in common, and at one that it cannot read.
    const next = pairs[verdicts.length];
    if (next !== undefined) verdicts.push('tree' in (await mergeTrees(git, { path, env, ...next })));
  }
  return verdicts;
}

/** Of each merge: `1` or `0`, its tree, the files that conflict, and an end; each followed by a NUL. Whole ones only. */
function readVerdicts(output: string): boolean[] {
  const verdicts: boolean[] = [];
  const parts = output.split('\0');
  for (let at = 0; at < parts.length;) {
    const end = parts.indexOf('', at);
    if (end === -1 || end === parts.length - 1) break;
    verdicts.push(parts[at] === '1');
    at = end + 1;
  }
  return verdicts;
}

/** Whether `commit` is in the history of `tip`. */
export async function contains(git: Git, path: string, { commit, tip }: { commit: string; tip: string }) {
  const { code, stderr } = await git.ask(isAncestorArgv(path, { commit, tip }));
  if (code !== 0 && code !== 1) throw gitFailed(code, stderr);
  return code === 0;
}

/** A person in a commit's header. */
export interface Signature {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface MergeWork extends Sides {
  readonly method: MergeMethod;
  /** Of the commit that joins or squashes. */
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
}

/** The commit that the base is to become, or why there is none. */
export type MergeCommit =
  | { readonly commit: string }
  | { readonly refusal: string; readonly conflicts: readonly string[] };

/** Commits that a rebase repeats one by one. */
const MOST_REBASED = 200;

/** Makes the commit that merges `head` into `base`; moves no ref. Throws `internal` when git fails. */
export async function makeMergeCommit(git: Git, work: MergeWork): Promise<MergeCommit> {
  if (work.method === 'fast_forward') return fastForward(git, work);
  if (work.method === 'rebase') return rebase(git, work);
  const merged = await mergeTrees(git, work);
  if ('conflicts' in merged) return refuseConflict(merged.conflicts);
  const parents = work.method === 'squash' ? [work.base] : [work.base, work.head];
  return { commit: await commitTree(git, work, { ...work, tree: merged.tree, parents }) };
}

async function fastForward(git: Git, { path, base, head }: MergeWork): Promise<MergeCommit> {
  if (await contains(git, path, { commit: base, tip: head })) return { commit: head };
  return { refusal: 'its branch lacks commits of the base: update the branch, or use another method', conflicts: [] };
}

async function rebase(git: Git, work: MergeWork): Promise<MergeCommit> {
  const { path, base, head, env = {} } = work;
  const commits = (
    await git.run([`--git-dir=${path}`, 'rev-list', '--reverse', '--topo-order', '--parents', `${base}..${head}`], {
      env,
    })
  )
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
  if (commits.some((ids) => ids.length !== 2))
    return { refusal: 'its branch has merges, which a rebase cannot repeat: use another method', conflicts: [] };
  if (commits.length > MOST_REBASED)
    return { refusal: `a rebase repeats at most ${MOST_REBASED} commits: use another method`, conflicts: [] };
  let onto = base;
  const began = performance.now();
  for (const [commit = '', parent = ''] of commits) {
    if (performance.now() - began > LONGEST_MERGE_MS)
      return { refusal: 'a rebase of its commits takes too long here: use another method', conflicts: [] };
    // A stand-in whose tree is the new base and whose parent is the old one, so that the merge's base is the old parent.
    const tree = (await git.run([`--git-dir=${path}`, 'rev-parse', `${onto}^{tree}`], { env })).trim();
    const stand = await commitTree(git, work, { ...work, message: 'base', tree, parents: [parent] });
    const merged = await mergeTrees(git, { path, base: stand, head: commit, env });
    if ('conflicts' in merged) return refuseConflict(merged.conflicts);
    onto = await repeat(git, work, { commit, tree: merged.tree, parent: onto });
  }
  return { commit: onto };
}

/** The commit once more on another parent: author, date and message stay. */
async function repeat(
  git: Git,
  { path, env = {}, committer }: MergeWork,
  { commit, tree, parent }: { commit: string; tree: string; parent: string },
): Promise<string> {
  const shown = await git.run([`--git-dir=${path}`, 'cat-file', 'commit', commit], { env });
  const end = shown.indexOf('\n\n');
  const [, name = '', email = '', date = ''] =
    /^author (.*?) ?<(.*)> (\d+ [+-]\d{4})$/m.exec(shown.slice(0, end)) ?? [];
  const author = {
    GIT_AUTHOR_NAME: name === '' ? 'unknown' : name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date === '' ? signatureDate(committer.at) : `@${date}`,
  };
  const argv = [`--git-dir=${path}`, 'commit-tree', tree, '-p', parent, '-F', '-'];
  const made = await git.run(argv, {
    env: { ...env, ...author, ...asCommitter(committer) },
    input: shown.slice(end + 2),
  });
  return made.trim();
}

/** Makes a commit of a tree; moves no ref. Throws `internal` when git fails. */
export async function commitTree(
  git: Git,
  { path, env = {}, author, committer }: Pick<MergeWork, 'path' | 'env' | 'author' | 'committer'>,
  { tree, parents, message }: { tree: string; parents: readonly string[]; message: string },
): Promise<string> {
  const argv = [`--git-dir=${path}`, 'commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'];
  const signed = signatureEnv({ author, committer });
  return (await git.run(argv, { env: { ...env, ...signed }, input: message })).trim();
}

/** The environment in which git makes a commit of these two. */
export function signatureEnv({
  author,
  committer,
}: {
  author: Signature;
  committer: Signature;
}): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: emailOf(author),
    GIT_AUTHOR_DATE: signatureDate(author.at),
    ...asCommitter(committer),
  };
}

function asCommitter(committer: Signature): Record<string, string> {
  return {
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: emailOf(committer),
    GIT_COMMITTER_DATE: signatureDate(committer.at),
  };
}

/** As in an agent's box (harness/driver/process/box-env.ts). */
export function emailOf({ name }: Signature): string {
  return `${name}@hive.local`;
}

function signatureDate(at: number): string {
  // Without the sign git takes small numbers for something else.
  return `@${Math.floor(at / 1000)} +0000`;
}

function refuseConflict(conflicts: readonly string[]): MergeCommit {
  const why = conflicts.length === 0 ? 'its history and its base have nothing in common' : 'it conflicts with its base';
  return { refusal: why, conflicts };
}
