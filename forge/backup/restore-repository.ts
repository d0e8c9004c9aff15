import { rm } from 'node:fs/promises';
import { HiveError } from '../../protocol/errors.ts';
import type { RestoredRepo } from '../../protocol/forge-backup.ts';
import { OPERATOR, type RepoName, type RepoOwner } from '../../protocol/names.ts';
import { ALL_REFS, bringRefs, readAllRefs, VISIBLE_REFS } from '../git/bundle.ts';
import { readRefs } from '../git/look.ts';
import { initArgv } from '../git/policy.ts';
import { restoreHeads } from '../pulls/keep-heads.ts';
import { asideIn, createRepository } from '../repositories/create-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { waitForAllPushes } from '../repositories/hold-repository.ts';
import { isRepositoryThere } from '../repositories/places.ts';
import { recordRefs } from '../repositories/record-refs.ts';
import { setDefaultBranch } from '../repositories/set-default-branch.ts';
import { openPulls } from '../store/pulls.ts';
import { diffRefs, knownRefs, type RefChange } from '../store/refs.ts';
import { findRepository, getRepository, type Repository } from '../store/repositories.ts';
import { replaceDirectory } from './replace-directory.ts';

export interface RestoreWish {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly description: string;
  readonly defaultBranch: string | null;
  /** Whether a repository of that name is replaced. */
  readonly replaces: boolean;
  /** The file of the bundle. */
  readonly bundle: string;
  readonly signal: AbortSignal;
}

/** Differences that an answer names. */
const MOST_NAMED = 100;

/**
 * Makes a repository of a bundle: a new one with its branches and tags, or one in place of another with all its refs.
 * Throws `duplicate_repo`, `unknown_repo`, `forge_quota`, `invalid_input` for a bundle that is not whole,
 * `service_unavailable`.
 */
export function restoreRepository(core: ForgeCore, wish: RestoreWish): Promise<RestoredRepo> {
  return wish.replaces ? replaceRepository(core, wish) : makeRepository(core, wish);
}

async function makeRepository(core: ForgeCore, wish: RestoreWish): Promise<RestoredRepo> {
  const { owner, name, description, defaultBranch, signal } = wish;
  const { id } = await createRepository(core, {
    owner,
    name,
    description,
    by: OPERATOR,
    fill: (gitdir) => unpack(core, gitdir, wish),
  });
  await recordRefs(core, id, null);
  const refs = knownRefs(core.db, id);
  if (defaultBranch !== null && refs.has(`refs/heads/${defaultBranch}`))
    await setDefaultBranch(core, { owner, name, branch: defaultBranch, by: OPERATOR }, signal);
  return { owner, name, ...sayDifferences(diffRefs(new Map(), refs)), salvaged: 0, kept: null };
}

async function replaceRepository(core: ForgeCore, wish: RestoreWish): Promise<RestoredRepo> {
  const { owner, name, signal } = wish;
  const found = findRepository(core.db, owner, name);
  if (found === null) throw new HiveError('unknown_repo');
  const aside = asideIn(core);
  try {
    await core.git.run(initArgv(aside, found.defaultBranch));
    await unpack(core, aside, wish);
    const release = await core.pushLocks.takeAlone(String(found.id), AbortSignal.any([signal, core.stopping]));
    try {
      await waitForAllPushes(core, found.id, signal);
      return await putInPlace(core, { id: found.id, aside, signal });
    } finally {
      release();
    }
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function putInPlace(
  core: ForgeCore,
  { id, aside, signal }: { id: number; aside: string; signal: AbortSignal },
): Promise<RestoredRepo> {
  const repository = getRepository(core.db, id);
  if (repository === null) throw new HiveError('unknown_repo');
  const salvaged = await salvage(core, repository, { aside, signal });
  const differences = diffRefs(knownRefs(core.db, id), await readRefs(core.git, aside));
  const isThere = await isRepositoryThere(core.places, repository);
  const kept = replaceDirectory(core, repository, aside);
  const { owner, name } = repository;
  core.log.warn({ repo: `${owner}/${name}`, kept }, 'a repository was restored from a bundle');
  await recordRefs(core, id, null);
  await restoreHeads(core.git, core.places.repositoryDir(repository), openPulls(core.db, id));
  return { owner, name, ...sayDifferences(differences), salvaged, kept: isThere ? kept : null };
}

async function unpack(core: ForgeCore, path: string, { bundle, replaces, signal }: RestoreWish): Promise<void> {
  const refs = replaces ? ALL_REFS : VISIBLE_REFS;
  const refused = await bringRefs(core.git, path, { from: bundle, refs, limitMs: core.limits.totalMs, signal });
  if (refused !== null) throw new HiveError('invalid_input', `git refuses this bundle: ${refused.slice(0, 500)}`);
}

/** Refs that are brought one by one when not all of them are whole. */
const MOST_ALONE = 300;

/**
 * Brings the refs of the repository that is to be replaced which are whole: they are newer than the bundle's. Resolves
 * with their number.
 */
async function salvage(
  core: ForgeCore,
  repository: Repository,
  { aside, signal }: { aside: string; signal: AbortSignal },
): Promise<number> {
  if (!(await isRepositoryThere(core.places, repository))) return 0;
  const { git, limits } = core;
  const from = core.places.repositoryDir(repository);
  const bring = (refs: readonly string[]) =>
    bringRefs(git, aside, { from, refs: refs.map((ref) => `+${ref}:${ref}`), limitMs: limits.totalMs, signal });
  const old = await readAllRefs(git, from).catch(() => new Map<string, string>());
  const restored = await readAllRefs(git, aside);
  const wanted = [...old].filter(([ref, oid]) => restored.get(ref) !== oid).map(([ref]) => ref);
  if (wanted.length === 0 || (await bring(wanted)) === null) return wanted.length;
  let salvaged = 0;
  // Branches and tags before what the forge keeps for itself.
  const ordered = wanted.toSorted((a, b) => Number(isHidden(a)) - Number(isHidden(b)));
  for (const ref of ordered.slice(0, MOST_ALONE)) if ((await bring([ref])) === null) salvaged += 1;
  return salvaged;
}

const isHidden = (ref: string) => !/^refs\/(?:heads|tags)\//.test(ref);

function sayDifferences(changes: readonly RefChange[]): Pick<RestoredRepo, 'differences' | 'different'> {
  return { differences: changes.slice(0, MOST_NAMED), different: changes.length };
}
