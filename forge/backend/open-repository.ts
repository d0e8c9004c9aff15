import { HiveError } from '../../protocol/errors.ts';
import { type RepoAction, type RepoCaller, suffices } from '../../protocol/access/repo-access.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { authorize, nameOf, type Verdict } from '../access/authorize.ts';
import { assertBytesLeft, assertRoom } from '../repositories/create-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { isRepositoryThere } from '../repositories/places.ts';
import { countRefusals, refusalKnown } from '../store/facts.ts';
import { findAnyCase, findRepository, type Repository } from '../store/repositories.ts';

/** How a caller names a repository. */
export interface RepoPath {
  readonly owner: RepoOwner;
  readonly name: RepoName;
}

export interface RepositoryRequest extends RepoPath {
  readonly caller: RepoCaller;
  readonly action: RepoAction;
}

/**
 * The requested repository, if the caller has the right. Throws `unknown_repo` for one that is missing or hidden from
 * the caller, `forbidden` with a sentence for the git client, `forge_quota` for a push. Refusals are recorded as
 * facts.
 */
export async function openRepository(core: ForgeCore, request: RepositoryRequest): Promise<Repository> {
  const { action, owner, name } = request;
  assertAllowed(core, request);
  const found = findRepository(core.db, owner, name);
  if (found === null || !(await isRepositoryThere(core.places, found))) throw new HiveError('unknown_repo');
  if (action === 'push') assertBytesLeft(core, owner);
  return found;
}

/**
 * As openRepository for a push; null stands for a missing repository that the caller may create: the first `git push`
 * creates it.
 */
export async function openForPush(
  core: ForgeCore,
  push: Omit<RepositoryRequest, 'action'>,
): Promise<Repository | null> {
  const { owner, name } = push;
  const request = { ...push, action: 'push' as const };
  assertAllowed(core, request);
  const found = findAnyCase(core.db, owner, name);
  if (found === null) {
    assertOwner(core, request);
    assertRoom(core, request);
    return null;
  }
  if (found.name !== name)
    throw new HiveError(
      'duplicate_repo',
      `There is a repository ${owner}/${found.name}; names may not differ in upper and lower case only.`,
    );
  return openRepository(core, request);
}

/** Throws `unknown_agent` unless repositories may be created for that owner. */
export function assertOwner({ owners }: ForgeCore, { owner, name }: RepoPath): void {
  if (!owners.isOwnerKnown(owner))
    throw new HiveError(
      'unknown_agent',
      `There is no agent or project ${owner} that ${owner}/${name} could belong to.`,
    );
}

/** Whether the caller may take the action now; records nothing. */
export function judge(
  { owners }: Pick<ForgeCore, 'owners'>,
  { caller, action, owner, name }: RepositoryRequest,
): Verdict {
  return authorize(caller, action, { owner: owners.ownerOf(owner), name });
}

/** Throws the refusal for a caller without the right, and records it for the operator. */
export function assertAllowed(core: ForgeCore, request: RepositoryRequest): void {
  const { caller, action, owner, name } = request;
  const verdict = judge(core, request);
  if (verdict.kind === 'allowed') return;
  if (verdict.kind === 'refused') {
    noteRefusal(core, { by: nameOf(caller), repo: `${owner}/${name}`, reason: verdict.reason });
    throw new HiveError('forbidden', verdict.reason);
  }
  if (!suffices('read', action))
    noteRefusal(core, {
      by: nameOf(caller),
      repo: `${owner}/${name}`,
      reason: `${nameOf(caller)} may not see what ${owner} has.`,
    });
  throw new HiveError('unknown_repo');
}

function noteRefusal(core: ForgeCore, refusal: { by: string; repo: string; reason: string }): void {
  const { by, repo, reason } = refusal;
  const at = core.clock();
  const since = at - core.limits.refusalEveryMs;
  if (refusalKnown(core.db, { by, repo, since })) return;
  if (countRefusals(core.db, by, since) >= core.limits.maxRefusals) return;
  core.outbox.add({ at, kind: 'forge.refused', by, repo, data: { reason } });
  core.outbox.announce();
}
