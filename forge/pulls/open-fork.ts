import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { type ForkHead, parseForkHead } from '../../protocol/pull-heads.ts';
import { assertAllowed, openRepository, type RepoPath } from '../backend/open-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { Pull } from '../store/pulls.ts';
import { findRef } from '../store/refs.ts';
import type { Repository } from '../store/repositories.ts';

/** The branch of another repository that a pull request is to be from. */
export interface OpenedFork {
  readonly repository: Repository;
  readonly ref: string;
  /** Its newest commit. */
  readonly oid: string;
}

/**
 * The head that a caller names: a branch of the repository itself (`fork` null), or one of another repository to which
 * the caller may push: it proposes what is its own. Throws `unknown_repo`, `forbidden`, `not_found` for a missing branch.
 */
export async function openHead(
  core: ForgeCore,
  caller: RepoCaller,
  { head, base }: { head: string; base: RepoPath },
): Promise<{ head: string; fork: OpenedFork | null }> {
  const named = parseForkHead(head);
  if (named === null) return { head, fork: null };
  const { owner, name, branch } = named;
  if (owner === base.owner && name === base.name) return { head: branch, fork: null };
  const repository = await openRepository(core, { caller, action: 'fetch', owner, name });
  assertAllowed(core, { caller, action: 'push', owner, name });
  const ref = `refs/heads/${branch}`;
  const oid = findRef(core.db, repository.id, ref);
  if (oid === null)
    throw new HiveError('not_found', `There is no branch ${branch} in ${owner}/${name}. Push it first.`);
  return { head, fork: { repository, ref, oid } };
}

/** Throws `not_found` for a pull request whose branch is in another repository: only a push there changes it. */
export function assertOwnHead({ head, base }: Pick<Pull, 'head' | 'base'>): void {
  const named: ForkHead | null = parseForkHead(head);
  if (named === null) return;
  const { owner, name, branch } = named;
  throw new HiveError(
    'not_found',
    `Its branch is in another repository: push to ${branch} of ${owner}/${name} instead. The commits of ${base} are here.`,
  );
}
