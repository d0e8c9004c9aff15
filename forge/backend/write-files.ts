import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { nameOf } from '../access/authorize.ts';
import { type Commit, readTheseCommits } from '../git/history.ts';
import { assertBranch, readRefs } from '../git/look.ts';
import { findEntry, type TreeEntry } from '../git/tree.ts';
import { commitFiles, type FileWrite, packNew } from '../git/write-commit.ts';
import { withScratchObjects } from '../pulls/scratch-objects.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { openRepository, type RepoPath } from './open-repository.ts';
import { takeReadTurn } from './while-reading.ts';
import { pushForCaller } from './own-push.ts';

/** One change of a file, as a caller asks for it. */
export interface FileEdit {
  readonly operation: 'create' | 'update' | 'delete';
  readonly path: string;
  /** The id of the content that the caller read; undefined for a new file. */
  readonly sha: string | undefined;
  readonly bytes: Buffer | null;
}

export interface FileEdits extends RepoPath {
  /** Undefined: the default branch. */
  readonly branch: string | undefined;
  /** A branch to make for the commit; undefined: `branch` gets it. */
  readonly newBranch: string | undefined;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string } | undefined;
  readonly edits: readonly FileEdit[];
  readonly signal: AbortSignal;
}

export interface WrittenCommit {
  readonly commit: Commit;
  readonly branch: string;
  /** What the commit has at each path that was changed; null: nothing any more. */
  readonly entries: readonly (TreeEntry | null)[];
}

/**
 * Commits changes of files to a branch by the path of every push (own-push.ts). Throws `unknown_repo`, `forbidden`,
 * `not_found` for a missing branch or file, `invalid_input` for a file that is there already or is none, `pull_moved` when
 * its content or the branch is another one by now, and what pushForCaller throws.
 */
export async function writeFiles(core: ForgeCore, caller: RepoCaller, wanted: FileEdits): Promise<WrittenCommit> {
  const { owner, name, edits, signal } = wanted;
  const repository = await openRepository(core, { caller, action: 'push', owner, name });
  const path = core.places.repositoryDir(repository);
  const refs = await readRefs(core.git, path);
  const branch = wanted.branch ?? repository.defaultBranch;
  const target = wanted.newBranch ?? branch;
  const isEmpty = refs.size === 0;
  if (!isEmpty) assertBranch(refs, branch);
  const tip = refs.get(`refs/heads/${branch}`) ?? null;
  const ref = `refs/heads/${target}`;
  if (target !== branch && refs.has(ref)) throw new HiveError('invalid_input', `There is a branch ${target} already.`);
  await assertBranchName(core, target);
  return withScratchObjects(core, path, async (env, dir) => {
    const made = await inReadTurn(core, { caller, signal }, async () => {
      const files = await checkEdits(core, { path, tip }, edits);
      const at = core.clock();
      const committer = { name: nameOf(caller), at };
      const author = { ...(wanted.author ?? { name: committer.name }), at };
      const work = { path, dir, env, parent: tip, message: wanted.message, author, committer };
      const commit = await commitFiles(core.git, work, files);
      return {
        commit,
        pack: await packNew(core.git, work, { from: tip, to: commit, maxBytes: core.limits.maxPackBytes }),
      };
    });
    const from = target === branch ? tip : null;
    await pushForCaller(core, caller, { owner, name, ref, from, to: made.commit, pack: made.pack, signal });
    const [commit] = await readTheseCommits(core.git, path, [made.commit]);
    if (commit === undefined) throw new HiveError('not_found', `The branch ${target} was deleted meanwhile.`);
    const entries = [];
    for (const { path: file } of edits) entries.push(await findEntry(core.git, { path, tip: made.commit, file }));
    return { commit, branch: target, entries };
  });
}

/** Throws `invalid_input`. */
async function assertBranchName({ git }: ForgeCore, branch: string): Promise<void> {
  const { code } = await git.ask(['check-ref-format', `refs/heads/${branch}`]);
  if (code !== 0 || branch.startsWith('-'))
    throw new HiveError('invalid_input', `"${branch}" cannot be the name of a branch.`);
}

async function inReadTurn<T>(
  core: ForgeCore,
  { caller, signal }: { caller: RepoCaller; signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  const release = await takeReadTurn(core, nameOf(caller), signal);
  try {
    return await work();
  } finally {
    release();
  }
}

const PLAIN_FILE = '100644';

/** The files as the commit is to have them, if each edit is about what is there. */
async function checkEdits(
  core: ForgeCore,
  { path, tip }: { path: string; tip: string | null },
  edits: readonly FileEdit[],
): Promise<FileWrite[]> {
  if (new Set(edits.map((edit) => edit.path)).size < edits.length)
    throw new HiveError('invalid_input', 'One file is changed twice. Name each path once.');
  const files: FileWrite[] = [];
  const find = (file: string) => (tip === null ? null : findEntry(core.git, { path, tip, file }));
  for (const { operation, path: file, sha, bytes } of edits) {
    const there = await find(file);
    if (operation === 'create') {
      if (there !== null) throw new HiveError('invalid_input', `There is a file or directory "${file}" already.`);
      for (const parent of parentsOf(file))
        if (((await find(parent))?.type ?? 'tree') !== 'tree')
          throw new HiveError('invalid_input', `"${parent}" is no directory.`);
    } else {
      if (there === null) throw new HiveError('not_found', `There is no file "${file}" in that branch.`);
      if (there.type !== 'blob' || !there.mode.startsWith('100'))
        throw new HiveError('invalid_input', `"${file}" is no plain file.`);
      if (sha !== there.oid)
        throw new HiveError(
          'pull_moved',
          `"${file}" has other content by now. Read it again, then send its new "sha".`,
        );
    }
    files.push({
      path: file,
      mode: there?.mode ?? PLAIN_FILE,
      bytes: operation === 'delete' ? null : (bytes ?? Buffer.alloc(0)),
    });
  }
  return files;
}

function parentsOf(file: string): string[] {
  const parts = file.split('/');
  return parts.slice(1).map((_part, at) => parts.slice(0, at + 1).join('/'));
}

/** Makes a branch at a commit that is there. Errors as writeFiles. */
export async function createBranch(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, branch, from, signal }: RepoPath & { branch: string; from: string; signal: AbortSignal },
): Promise<void> {
  const repository = await openRepository(core, { caller, action: 'push', owner, name });
  const path = core.places.repositoryDir(repository);
  if ((await readRefs(core.git, path)).has(`refs/heads/${branch}`))
    throw new HiveError('invalid_input', `There is a branch ${branch} already.`);
  await assertBranchName(core, branch);
  const pack = await packNew(core.git, { path, env: {} }, { from, to: from, maxBytes: core.limits.maxPackBytes });
  await pushForCaller(core, caller, { owner, name, ref: `refs/heads/${branch}`, from: null, to: from, pack, signal });
}

/** Deletes a branch, unless it is protected or the default one. Errors as writeFiles. */
export async function deleteBranch(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, branch, signal }: RepoPath & { branch: string; signal: AbortSignal },
): Promise<void> {
  const repository = await openRepository(core, { caller, action: 'push', owner, name });
  const refs = await readRefs(core.git, core.places.repositoryDir(repository));
  assertBranch(refs, branch);
  const ref = `refs/heads/${branch}`;
  await pushForCaller(core, caller, { owner, name, ref, from: refs.get(ref) ?? null, to: null, pack: null, signal });
}
