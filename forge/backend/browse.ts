import { accessOf, type RepoAction, type RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { BranchRule } from '../../protocol/schemas/pull.ts';
import { findFork, listFileChanges, MOST_DIFF_BYTES, readDiff, type FileChange } from '../git/diff.ts';
import { type Commit, countCommits, peel, readCommits, readPatch, readTheseCommits } from '../git/history.ts';
import { findEntry, listEntries, readBlob, type TreeEntry } from '../git/tree.ts';
import { refuseMove } from '../pulls/policy/protect.ts';
import { ruleFor } from '../pulls/pull-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { judge, openRepository, type RepoPath } from './open-repository.ts';
import { resolveCommit } from './resolve-commit.ts';
import { type OpenedRepository, type Wanted, whileReading } from './while-reading.ts';

/** A branch, a tag or the full id of a commit in the history of one; undefined: the default branch. */
type AtRef = { readonly ref: string | undefined };
export type Page = { readonly skip: number; readonly limit: number };

/** A file with its content, or the content of a directory. */
export type FileOrDirectory =
  | { readonly kind: 'file'; readonly entry: TreeEntry; readonly bytes: Buffer; readonly lastCommit: string }
  | { readonly kind: 'directory'; readonly entries: readonly TreeEntry[] };

/**
 * Reads what is in repositories. Every method throws `unknown_repo`, `not_found` for a branch, commit or path that is not
 * there, `service_unavailable` when too many reads are queued or git takes too long, `payload_too_large`.
 */
export interface BrowseBackend {
  /** Throws unless the caller may take the action in the repository, and it is there. */
  assertMay(caller: RepoCaller, action: RepoAction, path: RepoPath): Promise<void>;
  branches(caller: RepoCaller, wanted: Wanted & Page): Promise<{ branches: BranchTip[]; total: number }>;
  /** Tags by name, with the commits that they lead to. */
  tags(
    caller: RepoCaller,
    wanted: Wanted & Page,
  ): Promise<{ tags: { name: string; oid: string; commit: Commit }[]; total: number }>;
  branch(caller: RepoCaller, wanted: Wanted & { branch: string }): Promise<BranchTip>;
  /** The id of the commit that a ref means. */
  resolve(caller: RepoCaller, wanted: Wanted & AtRef): Promise<string>;
  commit(caller: RepoCaller, wanted: Wanted & AtRef): Promise<Commit & { files: FileChange[] }>;
  commits(
    caller: RepoCaller,
    wanted: Wanted & AtRef & Page & { file: string | undefined },
  ): Promise<{ commits: Commit[]; total: number }>;
  /** What `head` has and `base` lacks, since they parted. */
  compare(
    caller: RepoCaller,
    wanted: Wanted & { base: string; head: string } & Page,
  ): Promise<{ commits: Commit[]; total: number; files: FileChange[] }>;
  /** What a commit changed: as a diff, or with its message as a mail for `git am`. */
  commitText(caller: RepoCaller, wanted: Wanted & AtRef & { form: DiffForm }): Promise<string>;
  tree(
    caller: RepoCaller,
    wanted: Wanted & AtRef & { recursive: boolean },
  ): Promise<{ commit: string; entries: TreeEntry[] }>;
  content(caller: RepoCaller, wanted: Wanted & AtRef & { file: string; maxBytes: number }): Promise<FileOrDirectory>;
}

export type DiffForm = 'diff' | 'patch';

export interface BranchTip {
  readonly name: string;
  readonly commit: Commit;
  /** Null: it is not protected. */
  readonly rule: BranchRule | null;
  /** Whether the caller may push to it, and merge pull requests into it. */
  readonly canPush: boolean;
  readonly canMerge: boolean;
}

export function createBrowseBackend(core: ForgeCore, finish: <T>(work: Promise<T>) => Promise<T>): BrowseBackend {
  const read = <W extends Wanted, T>(caller: RepoCaller, wanted: W, work: (scene: Scene, wanted: W) => Promise<T>) =>
    finish(whileReading(core, { caller, wanted }, (opened) => work({ ...core, ...opened, caller }, wanted)));
  return {
    assertMay: async (caller, action, path) => void (await finish(openRepository(core, { caller, action, ...path }))),
    branches: (caller, wanted) => read(caller, wanted, listTips),
    tags: (caller, wanted) => read(caller, wanted, listTags),
    branch: (caller, wanted) =>
      read(caller, wanted, async (scene, { branch }) => {
        const oid = scene.refs.get(`refs/heads/${branch}`);
        const [commit] = oid === undefined ? [] : await readTheseCommits(scene.git, scene.path, [oid]);
        if (commit === undefined) throw new HiveError('not_found', `There is no branch ${branch}.`);
        return viewBranch(scene, { name: branch, commit });
      }),
    resolve: (caller, wanted) => read(caller, wanted, (scene, { ref }) => resolveCommit(scene.git, scene, ref)),
    commit: (caller, wanted) =>
      read(caller, wanted, async (scene, { ref }) => {
        const commit = await commitAt(scene, ref);
        return { ...commit, files: await listFileChanges(scene.git, await rangeOf(scene, commit)) };
      }),
    commits: (caller, wanted) =>
      read(caller, wanted, async (scene, { ref, file, skip, limit }) => {
        const walk = {
          path: scene.path,
          tip: await resolveCommit(scene.git, scene, ref),
          ...(file === undefined ? {} : { file }),
        };
        const commits = await readCommits(scene.git, walk, { skip, limit });
        return { commits, total: await countCommits(scene.git, walk) };
      }),
    compare: (caller, wanted) => read(caller, wanted, compare),
    commitText: (caller, wanted) =>
      read(caller, wanted, async (scene, { ref, form }) => {
        const commit = await commitAt(scene, ref);
        const { text, isCut } =
          form === 'patch'
            ? await readPatch(scene.git, { path: scene.path, from: null, to: commit.oid }, MOST_DIFF_BYTES)
            : await readDiff(scene.git, await rangeOf(scene, commit), undefined);
        if (isCut) throw new HiveError('payload_too_large', 'This diff is too long. Clone the repository instead.');
        return text;
      }),
    tree: (caller, wanted) =>
      read(caller, wanted, async (scene, { ref, recursive }) => {
        const commit = await resolveCommit(scene.git, scene, ref);
        const entries = await listEntries(scene.git, { path: scene.path, tip: commit, directory: '', recursive });
        return { commit, entries };
      }),
    content: (caller, wanted) => read(caller, wanted, readContent),
  };
}

/** A repository while somebody reads it. */
interface Scene extends Pick<ForgeCore, 'git' | 'db' | 'owners'>, OpenedRepository {
  readonly caller: RepoCaller;
}

async function commitAt(scene: Scene, ref: string | undefined): Promise<Commit> {
  const [commit] = await readTheseCommits(scene.git, scene.path, [await resolveCommit(scene.git, scene, ref)]);
  if (commit === undefined) throw new HiveError('not_found');
  return commit;
}

/** The tree without any file, from which a first commit's changes are counted. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

async function rangeOf({ path }: Scene, { oid, parents }: Commit) {
  const before = parents[0] ?? EMPTY_TREE;
  return { path, base: before, fork: before, head: oid };
}

async function listTips(scene: Scene, { skip, limit }: Page) {
  const { git, path, refs } = scene;
  const all = [...refs].filter(([ref]) => ref.startsWith('refs/heads/'));
  const page = all.slice(skip, skip + limit);
  const commits = await readTheseCommits(git, path, [...new Set(page.map(([, oid]) => oid))]);
  const byId = new Map(commits.map((commit) => [commit.oid, commit]));
  const branches = page.flatMap(([ref, oid]) => {
    const commit = byId.get(oid);
    return commit === undefined ? [] : [viewBranch(scene, { name: ref.slice('refs/heads/'.length), commit })];
  });
  return { branches, total: all.length };
}

async function listTags({ git, path, refs }: Scene, { skip, limit }: Page) {
  const all = [...refs].filter(([ref]) => ref.startsWith('refs/tags/'));
  const tags = [];
  for (const [ref, oid] of all.slice(skip, skip + limit)) {
    const target = await peel(git, path, oid);
    const [commit] = target === null ? [] : await readTheseCommits(git, path, [target]);
    if (commit !== undefined) tags.push({ name: ref.slice('refs/tags/'.length), oid, commit });
  }
  return { tags, total: all.length };
}

function viewBranch(scene: Scene, { name, commit }: Pick<BranchTip, 'name' | 'commit'>): BranchTip {
  const { caller, repository, owners } = scene;
  const rule = ruleFor(scene, repository, name);
  const may = (action: RepoAction) => judge(scene, { ...repository, caller, action }).kind === 'allowed';
  const level = accessOf(caller, owners.ownerOf(repository.owner));
  const move = { kind: 'push', level, isNew: false, isFirst: false, isDeleted: false, isForced: false } as const;
  return {
    name,
    commit,
    rule,
    canPush: may('push') && refuseMove(name, move, rule).length === 0,
    canMerge: may('merge'),
  };
}

async function compare(scene: Scene, { base, head, skip, limit }: { base: string; head: string } & Page) {
  const { git, path } = scene;
  const ends = {
    path,
    base: await resolveCommit(scene.git, scene, base),
    head: await resolveCommit(scene.git, scene, head),
  };
  const fork = await findFork(git, ends);
  if (fork === null) throw new HiveError('not_found', `${base} and ${head} have no commit in common.`);
  const walk = { path, tip: ends.head, without: ends.base };
  const files = await listFileChanges(git, { ...ends, fork });
  return { commits: await readCommits(git, walk, { skip, limit }), total: await countCommits(git, walk), files };
}

async function readContent(
  scene: Scene,
  { ref, file, maxBytes }: AtRef & { file: string; maxBytes: number },
): Promise<FileOrDirectory> {
  const { git, path } = scene;
  const tip = await resolveCommit(scene.git, scene, ref);
  const list = async (directory: string) => ({
    kind: 'directory' as const,
    entries: await listEntries(git, { path, tip, directory, recursive: false }),
  });
  if (file === '') return list('');
  const entry = await findEntry(git, { path, tip, file });
  if (entry === null) throw new HiveError('not_found', `There is no file or directory "${file}" there.`);
  if (entry.type === 'tree') return list(file);
  const bytes = entry.type === 'blob' ? await readBlob(git, path, { oid: entry.oid, maxBytes }) : Buffer.alloc(0);
  const [last] = await readCommits(git, { path, tip, file }, { skip: 0, limit: 1 });
  return { kind: 'file', entry, bytes, lastCommit: last?.oid ?? tip };
}
