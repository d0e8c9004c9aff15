import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { type Action, authorize, type Caller, nameOf } from '../authorize.ts';
import { countRefusals, refusalKnown } from '../store/facts.ts';
import { findAnyCase, findRepository, type Repository } from '../store/repositories.ts';
import { assertBytesLeft, assertRoom, createRepository } from './create-repository.ts';
import type { ForgeCore } from './forge-core.ts';
import { isRepositoryThere } from './places.ts';

export type OwnerTest = (owner: RepoOwner) => boolean;

export interface WantedRepository {
  readonly caller: Caller;
  readonly owner: RepoOwner;
  readonly name: RepoName;
  readonly description: string;
  readonly isOwnerKnown: OwnerTest;
}

export interface RepositoryRequest {
  readonly caller: Caller;
  readonly action: Action;
  readonly owner: RepoOwner;
  readonly name: RepoName;
}

/**
 * The repository somebody asks for, if they may. Throws `unknown_repo` for what is not there or not
 * for them to see, `forbidden` with a sentence for the git client, `forge_quota`. Refusals are facts.
 */
export async function openRepository(core: ForgeCore, request: RepositoryRequest): Promise<Repository> {
  const { action, owner, name } = request;
  assertAllowed(core, request);
  const found = findRepository(core.db, owner, name);
  if (found === null || !(await isRepositoryThere(core.places, found))) throw new HiveError('unknown_repo');
  if (action === 'write') assertBytesLeft(core, owner);
  return found;
}

/**
 * As openRepository for writing; null stands for a repository that is not there and that the caller may make:
 * a first `git push` makes it, when it brings something.
 */
export async function openForPush(
  core: ForgeCore,
  request: RepositoryRequest & { isOwnerKnown: OwnerTest },
): Promise<Repository | null> {
  const { owner, name } = request;
  assertAllowed(core, request);
  const found = findAnyCase(core.db, owner, name);
  if (found === null) {
    assertOwner(request);
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

/** Makes a repository if the caller may and the owner is somebody: an agent of this hive, `shared`, `hive` or the operator. */
export async function createForCaller(core: ForgeCore, wanted: WantedRepository): Promise<Repository> {
  const { caller, owner, name, description } = wanted;
  assertAllowed(core, { caller, action: 'write', owner, name });
  assertOwner(wanted);
  return createRepository(core, { owner, name, description, by: nameOf(caller) });
}

function assertOwner({ owner, name, isOwnerKnown }: Pick<WantedRepository, 'owner' | 'name' | 'isOwnerKnown'>): void {
  if (!isOwnerKnown(owner))
    throw new HiveError('unknown_agent', `There is no agent ${owner} that ${owner}/${name} could belong to.`);
}

/** Throws what `authorize` says, and notes it for the operator. */
function assertAllowed(core: ForgeCore, { caller, action, owner, name }: RepositoryRequest): void {
  const verdict = authorize(caller, action, { owner, name });
  if (verdict.kind === 'allowed') return;
  if (verdict.kind === 'refused') {
    noteRefusal(core, { by: nameOf(caller), repo: `${owner}/${name}`, reason: verdict.reason });
    throw new HiveError('forbidden', verdict.reason);
  }
  if (action === 'write')
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
