import type { PullChecks } from '../../protocol/schemas/check.ts';
import { parseForkHead } from '../../protocol/pull-heads.ts';
import type { BranchRule, MergeState } from '../../protocol/schemas/pull.ts';
import { checksOfPull, lastChecksOfPull } from '../checks/check-pulls.ts';
import { mergeTrees } from '../git/merge.ts';
import { readRefs } from '../git/look.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { Pull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { ownChecks } from '../queue/own-checks.ts';
import { askOwners } from './ask-owners.ts';
import { refuseMove } from './policy/protect.ts';
import { requiredStatuses, reviewsOf, ruleFor } from './pull-repository.ts';
import { viewStatuses } from './view-statuses.ts';
import { withScratchObjects } from './scratch-objects.ts';

const MOST_CONFLICTS = 50;

/** Whether a pull request can be merged now, by its state, its reviews, the rules and the files. */
export async function decideMerge(core: ForgeCore, repository: Repository, pull: Pull): Promise<MergeState> {
  const reviews = reviewsOf(core, repository, pull);
  const rule = ruleFor(core, repository, pull.base);
  const asked = { rule, approvedBy: reviews.approvedBy };
  const found =
    pull.state === 'open'
      ? await tryMerge(core, { repository, pull }, asked)
      : { reasons: [], conflicts: [], checks: lastChecksOfPull(core, repository, pull) };
  const move = {
    kind: 'merge' as const,
    via: 'queue' as const,
    reviews,
    checks: rule?.queue === true ? ownChecks(core, repository, pull) : found.checks,
    statuses: requiredStatuses(core, repository, pull),
  };
  const reasons = [...refuseState(pull), ...refuseMove(pull.base, move, rule), ...found.reasons];
  return {
    ready: reasons.length === 0,
    reasons: pull.state === 'open' ? reasons : refuseState(pull),
    conflicts: found.conflicts.slice(0, MOST_CONFLICTS),
    approvedBy: [...reviews.approvedBy],
    changesWantedBy: [...reviews.changesWantedBy],
    approvalsNeeded: rule?.approvals ?? 0,
    hasQueue: rule?.queue ?? false,
    checks: found.checks,
    statuses: viewStatuses(core, repository, { pull, required: move.statuses }),
  };
}

/** What a pull request's own state has against its merge. */
export function refuseState({ state, draft }: Pick<Pull, 'state' | 'draft'>): string[] {
  if (state !== 'open') return [`it is ${state} already`];
  return draft ? ['it is a draft: mark it as ready first'] : [];
}

/** What its base, its files and its checks have against it: conflicts, or owners who have not approved. */
async function tryMerge(
  core: ForgeCore,
  { repository, pull }: { repository: Repository; pull: Pull },
  asked: { rule: BranchRule | null; approvedBy: readonly string[] },
): Promise<{ reasons: string[]; conflicts: string[]; checks: PullChecks }> {
  const path = core.places.repositoryDir(repository);
  const base = (await readRefs(core.git, path)).get(`refs/heads/${pull.base}`);
  if (base === undefined)
    return {
      reasons: [`its base ${pull.base} is gone: choose another base`],
      conflicts: [],
      checks: lastChecksOfPull(core, repository, pull),
    };
  const checks = await checksOfPull(core, repository, { pull, base });
  return withScratchObjects(core, path, async (env) => {
    const merged = await mergeTrees(core.git, { path, base, head: pull.headOid, env });
    if ('conflicts' in merged)
      return { reasons: [sayConflict(pull, merged.conflicts)], conflicts: [...merged.conflicts], checks };
    return { reasons: await askOwners(core, { path, from: base, to: merged.tree, env }, asked), conflicts: [], checks };
  });
}

/** The conflict, and the commands that solve it. */
export function sayConflict({ base, head }: Pick<Pull, 'base' | 'head'>, conflicts: readonly string[]): string {
  const shown = conflicts.slice(0, 5).map((file) => JSON.stringify(file));
  const where =
    conflicts.length === 0
      ? 'its history and its base have nothing in common'
      : `it conflicts with ${base} in ${shown.join(', ')}${conflicts.length > shown.length ? ` and ${conflicts.length - shown.length} more` : ''}`;
  const fork = parseForkHead(head);
  if (fork !== null)
    return `${where}. Solve it on ${fork.branch} of ${fork.owner}/${fork.name}: fetch ${base} of this repository, merge it, then commit and push`;
  return `${where}. Solve it on ${head}: git fetch origin && git checkout ${head} && git merge origin/${base}, then commit and push`;
}
