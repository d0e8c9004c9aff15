import { OPERATOR } from '../../protocol/names.ts';
import { judge } from '../backend/open-repository.ts';
import { refuseState } from '../pulls/decide-merge.ts';
import { refuseMove } from '../pulls/policy/protect.ts';
import { requiredStatuses, reviewsOf, ruleFor } from '../pulls/pull-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { Pull } from '../store/pulls.ts';
import type { QueueEntry } from '../store/queue-entries.ts';
import { findRef } from '../store/refs.ts';
import type { Repository } from '../store/repositories.ts';
import type { Left } from './say-left.ts';
import { ownChecks } from './own-checks.ts';

/** Whether an entry may stay in the queue, and be merged. */
export type Judged =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waits'; readonly reasons: readonly string[] }
  /** `isEnded`: its pull request has ended, and everybody knows. */
  | { readonly kind: 'leaves'; readonly reason: string; readonly next: Next; readonly isEnded: boolean };

type Next = Extract<Left, { is: 'put_out' }>['next'];

/**
 * By the facts of this moment: the pull request, the rule of its base, its reviews, and the rights of whoever asked for
 * the merge. What was allowed once and is not any more leaves.
 */
export function judgeEntry(
  core: Pick<ForgeCore, 'db' | 'owners'>,
  repository: Repository,
  { entry, pull }: { entry: QueueEntry; pull: Pull },
): Judged {
  if (pull.state !== 'open') return { kind: 'leaves', reason: `it is ${pull.state}`, next: 'ask', isEnded: true };
  const lost = loss(core, repository, { entry, pull });
  if (lost !== null) return { kind: 'leaves', ...lost, isEnded: false };
  const isQueued = entry.state === 'queued';
  const reasons = [
    ...refuseQueued(core, repository, { pull, isQueued }),
    ...refuseOwners(core, repository, { entry, pull }),
  ];
  if (reasons.length === 0) return { kind: 'ready' };
  if (!isQueued) return { kind: 'waits', reasons };
  const reason = `it may not be merged any more: ${reasons.join('; ')}`;
  return { kind: 'leaves', reason, next: 'solve', isEnded: false };
}

/**
 * What its own state, its reviews, the rule of its base, its last checks and the statuses of its newest commit have
 * against its merge through the queue. Of one that is queued the runs of the queue decide, instead of its own checks; no
 * system outside sees the commits of the queue, so the statuses go on counting as they are.
 */
export function refuseQueued(
  core: Pick<ForgeCore, 'db' | 'owners'>,
  repository: Repository,
  { pull, isQueued }: { pull: Pull; isQueued: boolean },
): string[] {
  const rule = ruleFor(core, repository, pull.base);
  const reviews = reviewsOf(core, repository, pull);
  const checks = isQueued ? PASSED : ownChecks(core, repository, pull);
  const move = { kind: 'merge' as const, via: 'queue' as const, reviews, checks };
  const statuses = requiredStatuses(core, repository, pull);
  return [...refuseState(pull), ...refuseMove(pull.base, { ...move, statuses }, rule)];
}

const PASSED = { state: 'passed', failed: [], trouble: null } as const;

/** What owners had against it when git was asked for its paths; none once somebody else approves, or the base moved. */
function refuseOwners(
  core: Pick<ForgeCore, 'db' | 'owners'>,
  repository: Repository,
  { entry, pull }: { entry: QueueEntry; pull: Pull },
): string[] {
  if (entry.unmet === null || entry.unmetFor !== factsOfOwners(core, repository, pull)) return [];
  return [entry.unmet];
}

/** What an answer of the owners' rule depends on. */
export function factsOfOwners(core: Pick<ForgeCore, 'db' | 'owners'>, repository: Repository, pull: Pull): string {
  const base = findRef(core.db, repository.id, `refs/heads/${pull.base}`);
  const { approvedBy } = reviewsOf(core, repository, pull);
  return JSON.stringify([base, ruleFor(core, repository, pull.base)?.owners ?? false, ...approvedBy]);
}

/** What ends an entry whatever it waits for, as the end of a sentence. */
function loss(
  core: Pick<ForgeCore, 'db' | 'owners'>,
  repository: Repository,
  { entry, pull }: { entry: QueueEntry; pull: Pull },
): { reason: string; next: Next } | null {
  const { branch, by } = entry;
  const again = (reason: string) => ({ reason, next: 'ask' as const });
  const others = (reason: string) => ({ reason, next: 'others_ask' as const });
  if (pull.base !== branch) return again(`its base is ${pull.base} now`);
  if (pull.headOid !== entry.headOid) return again(`it has new commits, the newest of which is ${pull.headOid}`);
  const isQueued = ruleFor(core, repository, branch)?.queue ?? false;
  if (isQueued !== (entry.mode === 'queue'))
    return again(isQueued ? `${branch} has a merge queue now` : `${branch} has no merge queue any more`);
  const caller = by === OPERATOR ? ({ kind: 'operator' } as const) : core.owners.findCaller(by);
  if (caller === null) return others(`${by}, who asked for its merge, is gone`);
  const { owner, name } = repository;
  const isAllowed = judge(core, { caller, action: 'merge', owner, name }).kind === 'allowed';
  return isAllowed ? null : others(`${by}, who asked for its merge, may not merge any more`);
}
