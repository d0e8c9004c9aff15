import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { OPERATOR } from '../../protocol/names.ts';
import type { BranchRule } from '../../protocol/schemas/pull.ts';
import { judge } from '../backend/open-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { rulesOf } from '../store/branch-rules.ts';
import { statusesOfCommit } from '../store/commit-statuses.ts';
import { lastJudgements } from '../store/pull-entries.ts';
import { findPull, type Pull, pushersOf } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { type CountedReviews, countReviews, type ReviewFacts } from './policy/count-reviews.ts';
import { countStatuses, type JudgedStatus } from './policy/count-statuses.ts';
import { findRule } from './policy/find-rule.ts';

/** Throws `unknown_pull`. */
export function getPull(core: Pick<ForgeCore, 'db'>, repository: Repository, number: number): Pull {
  const pull = findPull(core.db, repository.id, number);
  if (pull === null) throw new HiveError('unknown_pull');
  return pull;
}

/**
 * The rule of a repository's branch; null: it is not protected. Throws `service_unavailable` until hived has said which
 * owners are projects: their default branches are protected without a rule.
 */
export function ruleFor(
  { db, owners }: Pick<ForgeCore, 'db' | 'owners'>,
  repository: Repository,
  branch: string,
): BranchRule | null {
  if (!owners.isSet())
    throw new HiveError(
      'service_unavailable',
      'The forge has just started and does not know the projects yet. Try again.',
    );
  const { id, owner, defaultBranch } = repository;
  return findRule(branch, { rules: rulesOf(db, id), defaultBranch, ownerKind: owners.ownerOf(owner).kind });
}

/** The caller with its rights as of now, and the limits of its token. Throws `unknown_agent`. */
export function presentCaller({ owners }: Pick<ForgeCore, 'owners'>, caller: RepoCaller): RepoCaller {
  if (caller.kind !== 'agent') return caller;
  const present = owners.findCaller(caller.name);
  if (present === null) throw new HiveError('unknown_agent');
  return caller.token === undefined ? present : { ...present, token: caller.token };
}

/** Whether somebody may review in a repository now. */
export function mayReview(core: Pick<ForgeCore, 'owners'>, { owner, name: repo }: Repository, name: string): boolean {
  const caller = name === OPERATOR ? ({ kind: 'operator' } as const) : core.owners.findCaller(name);
  return caller !== null && judge(core, { caller, action: 'review', owner, name: repo }).kind === 'allowed';
}

/** What the rules about reviews need to know, as of now. */
export function reviewFacts(core: Pick<ForgeCore, 'db' | 'owners'>, repository: Repository, pull: Pull): ReviewFacts {
  const { author, headOid } = pull;
  return {
    author,
    headOid,
    keepOnRebase: ruleFor(core, repository, pull.base)?.keepOnRebase ?? false,
    roleOf: core.owners.roleOf,
    pushers: pushersOf(core.db, pull.id),
    mayReview: (name) => mayReview(core, repository, name),
    isMadeBy: core.owners.isMadeBy,
  };
}

/** Whose judgement of a pull request counts now. */
export function reviewsOf(core: Pick<ForgeCore, 'db' | 'owners'>, repository: Repository, pull: Pull): CountedReviews {
  return countReviews(lastJudgements(core.db, pull.id), reviewFacts(core, repository, pull));
}

/** The statuses that the rule of its base asks for, as they stand now. */
export function requiredStatuses(
  core: Pick<ForgeCore, 'db' | 'owners'>,
  repository: Repository,
  pull: Pull,
): JudgedStatus[] {
  const required = ruleFor(core, repository, pull.base)?.statuses ?? [];
  if (required.length === 0) return [];
  const said = statusesOfCommit(core.db, repository.id, pull.headOid);
  return countStatuses(required, said, reviewFacts(core, repository, pull));
}
