import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { PullView } from '../../protocol/schemas/pull.ts';
import { nameOf } from '../access/authorize.ts';
import { assertAllowed, openRepository, type RepoPath } from '../backend/open-repository.ts';
import { contains } from '../git/merge.ts';
import { assertBranch, readRefs } from '../git/look.ts';
import { assertOwn } from '../mirrors/assert-own.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { addPullLabel } from '../store/labels.ts';
import { addReviewer, countOpenPulls, findPull, insertPull, openPulls, viewPull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { setForkBranch } from '../store/fork-pulls.ts';
import { assertReviewers, wantReviews } from './ask-reviewers.ts';
import { takePullRoom } from './assert-room.ts';
import { bringHead } from './bring-head.ts';
import { holdBranches } from './hold-branches.ts';
import { type OpenedFork, openHead } from './open-fork.ts';
import { keepHeads } from './keep-heads.ts';
import { planLabels } from './label-pull.ts';

export interface NewPull extends RepoPath {
  readonly head: string;
  readonly base: string | undefined;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  readonly reviewers: readonly string[];
  /** Names of labels. */
  readonly labels: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Opens a pull request for a branch of the repository, or of another one (`OWNER/NAME:BRANCH`). Throws `unknown_repo`, `forbidden`, `not_found` for a missing
 * branch or label, `nothing_to_merge`, `duplicate_pull`, `forge_quota`, `contains_secret`, `service_unavailable`.
 */
export async function openPull(core: ForgeCore, caller: RepoCaller, wanted: NewPull): Promise<PullView> {
  const { owner, name, title, body, signal } = wanted;
  const asked = await openRepository(core, { caller, action: 'open_pull', owner, name });
  if (wanted.labels.length > 0) assertAllowed(core, { caller, action: 'label', owner, name });
  assertOwn(core, asked);
  await assertNoSecret(core, `${title}\n${body}`, signal);
  const { head, fork } = await openHead(core, caller, { head: wanted.head, base: { owner, name } });
  return holdBranches(core, { repository: asked, signal }, async (repository) => {
    if (fork !== null) await bring(core, repository, { fork, base: wanted.base, signal });
    return openHeld(core, repository, { ...wanted, head, fork, author: nameOf(caller) });
  });
}

async function bring(
  core: ForgeCore,
  repository: Repository,
  { fork, base, signal }: { fork: OpenedFork; base: string | undefined; signal: AbortSignal },
): Promise<void> {
  // Nothing is copied for a pull request that cannot be opened anyway.
  assertBranch(await readRefs(core.git, core.places.repositoryDir(repository)), base ?? repository.defaultBranch);
  await bringHead(core, { repository, fork: fork.repository, oid: fork.oid, signal });
}

/** As openPull, under the lock of the repository's branches, for an author with the right and searched texts. */
export async function openHeld(
  core: ForgeCore,
  repository: Repository,
  wanted: Omit<NewPull, 'signal'> & { readonly author: string; readonly fork: OpenedFork | null },
): Promise<PullView> {
  const { owner, name, author, title, body, draft, head, fork } = wanted;
  const base = wanted.base ?? repository.defaultBranch;
  const { headOid } = await assertMergeable(core, repository, { head, base, headOid: fork?.oid ?? null });
  assertReviewers(core, repository, wanted.reviewers);
  const write = core.db.transaction(() => {
    assertRoom(core, repository, { author, head, base });
    takePullRoom(core, { repositoryId: repository.id, by: author, chars: title.length + body.length, pull: null });
    const at = core.clock();
    const made = { repositoryId: repository.id, author, title, body, draft, base, head, headOid, at };
    const number = insertPull(core.db, made);
    const pull = findPull(core.db, repository.id, number)!;
    if (fork !== null) setForkBranch(core.db, pull.id, { repositoryId: fork.repository.id, ref: fork.ref });
    for (const reviewer of wanted.reviewers) addReviewer(core.db, pull.id, reviewer);
    for (const { id } of planLabels(core.db, pull, { add: wanted.labels }).added) addPullLabel(core.db, pull.id, id);
    const mail = draft ? [] : wantReviews(repository, pull, { people: wanted.reviewers, by: author });
    const repo = `${owner}/${name}`;
    core.outbox.add({ at, kind: 'forge.pull_opened', by: author, repo, data: { number, title, head, base }, mail });
    return pull;
  });
  const pull = write.immediate();
  core.outbox.announce();
  core.checks.wanted();
  // Killed before this: the next start does it (reconcile), and the branch keeps the commits until then.
  await keepHeads(core.git, core.places.repositoryDir(repository), [{ number: pull.number, oid: headOid }]);
  return viewPull(core.db, pull, repository);
}

/** The commits of both branches; `headOid`: of a head that is no branch of the repository. Throws `not_found`, `nothing_to_merge`. */
export async function assertMergeable(
  core: ForgeCore,
  repository: Repository,
  { head, base, headOid: given }: { head: string; base: string; headOid: string | null },
): Promise<{ headOid: string; baseOid: string }> {
  const path = core.places.repositoryDir(repository);
  const refs = await readRefs(core.git, path);
  for (const branch of given === null ? [head, base] : [base]) assertBranch(refs, branch);
  if (head === base)
    throw new HiveError('nothing_to_merge', `${head} cannot be merged into itself. Name another branch.`);
  const headOid = given ?? refs.get(`refs/heads/${head}`) ?? '';
  const baseOid = refs.get(`refs/heads/${base}`) ?? '';
  if (await contains(core.git, path, { commit: headOid, tip: baseOid }))
    throw new HiveError('nothing_to_merge', `${base} has all commits of ${head} already. Commit to ${head} first.`);
  return { headOid, baseOid };
}

function assertRoom(
  core: ForgeCore,
  repository: Repository,
  { author, head, base }: { author: string; head: string; base: string },
): void {
  const twin = openPulls(core.db, repository.id).find((pull) => pull.head === head && pull.base === base);
  if (twin !== undefined)
    throw new HiveError(
      'duplicate_pull',
      `Pull request #${twin.number} asks for the same merge. Push to ${head} to change it.`,
    );
  const { maxOpenPulls } = core.limits;
  if (countOpenPulls(core.db, { repositoryId: repository.id, author }) >= maxOpenPulls)
    throw new HiveError(
      'forge_quota',
      `${author} has ${maxOpenPulls} open pull requests there. Merge or close some first.`,
    );
}
