import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { BranchRule, PullDescription, PullEntry, PullView } from '../../protocol/schemas/pull.ts';
import type { RepoLabel } from '../../protocol/schemas/label.ts';
import type { QueueView } from '../../protocol/schemas/queue.ts';
import { applySuggestion, type SuggestionWish } from '../pulls/apply-suggestion.ts';
import { type LabelWish, listLabels, removeLabel, setLabel } from '../pulls/change-labels.ts';
import { listRules, removeRule, setRule } from '../pulls/change-rules.ts';
import { describePull, diffPull, listPulls } from '../pulls/describe-pull.ts';
import { editPull, type PullEdit } from '../pulls/edit-pull.ts';
import { type NewPull, openPull } from '../pulls/open-pull.ts';
import { revertPull, type RevertWish } from '../pulls/revert-pull.ts';
import { type Review, reviewPull } from '../pulls/review-pull.ts';
import { updatePull, type UpdateWish } from '../pulls/update-pull.ts';
import { askForMerge, leaveForCaller, type MergeAnswer, type MergeRequest } from '../queue/ask-for-merge.ts';
import { listQueues } from '../queue/list-queue.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { PullFilter } from '../store/pulls.ts';
import type { RepoPath } from './open-repository.ts';

type PullPath = RepoPath & { readonly number: number; readonly signal: AbortSignal };

/** Pull requests and the rules of protected branches. Errors as those of the backend. */
export interface PullBackend {
  list(caller: RepoCaller, filter: PullFilter & { limit: number }): { pulls: PullView[]; next: number | null };
  open(caller: RepoCaller, wanted: NewPull): Promise<PullView>;
  describe(caller: RepoCaller, wanted: PullPath): Promise<PullDescription>;
  /** A page of the diff, in characters. */
  diff(
    caller: RepoCaller,
    wanted: PullPath & { path: string | undefined; offset: number; limit: number },
  ): Promise<{ commit: string; text: string; next: number | null }>;
  review(caller: RepoCaller, review: Review): Promise<PullEntry>;
  edit(caller: RepoCaller, edit: PullEdit): Promise<PullView>;
  update(caller: RepoCaller, wish: UpdateWish): Promise<PullView>;
  applySuggestion(caller: RepoCaller, wish: SuggestionWish): Promise<PullView>;
  /** The pull request that takes a merged one back. */
  revert(caller: RepoCaller, wish: RevertWish): Promise<PullView>;
  merge(caller: RepoCaller, wish: MergeRequest): Promise<MergeAnswer>;
  listQueues(caller: RepoCaller, wanted: RepoPath & { branch: string | undefined }): Promise<QueueView[]>;
  leaveQueue(caller: RepoCaller, wanted: RepoPath & { readonly number: number }): Promise<PullView>;
  listLabels(caller: RepoCaller, path: RepoPath): Promise<RepoLabel[]>;
  setLabel(caller: RepoCaller, wish: LabelWish): Promise<RepoLabel[]>;
  removeLabel(caller: RepoCaller, wanted: RepoPath & { readonly label: string }): Promise<RepoLabel[]>;
  listRules(caller: RepoCaller, path: RepoPath): Promise<BranchRule[]>;
  setRule(caller: RepoCaller, rule: RepoPath & BranchRule): Promise<BranchRule[]>;
  removeRule(caller: RepoCaller, rule: RepoPath & Pick<BranchRule, 'pattern'>): Promise<BranchRule[]>;
}

/** `finish` tracks work and turns its failures into the forge's errors. */
export function createPullBackend(core: ForgeCore, finish: <T>(work: Promise<T>) => Promise<T>): PullBackend {
  return {
    list: (caller, filter) => listPulls(core, caller, filter),
    open: (caller, wanted) => finish(openPull(core, caller, wanted)),
    describe: (caller, wanted) => finish(describePull(core, caller, wanted)),
    diff: (caller, wanted) => finish(diffPull(core, caller, wanted)),
    review: (caller, review) => finish(reviewPull(core, caller, review)),
    edit: (caller, edit) => finish(editPull(core, caller, edit)),
    update: (caller, wish) => finish(updatePull(core, caller, wish)),
    applySuggestion: (caller, wish) => finish(applySuggestion(core, caller, wish)),
    revert: (caller, wish) => finish(revertPull(core, caller, wish)),
    merge: (caller, wish) => finish(askForMerge(core, caller, wish)),
    listQueues: (caller, wanted) => finish(listQueues(core, caller, wanted)),
    leaveQueue: (caller, wanted) => finish(leaveForCaller(core, caller, wanted)),
    listLabels: (caller, path) => finish(listLabels(core, caller, path)),
    setLabel: (caller, wish) => finish(setLabel(core, caller, wish)),
    removeLabel: (caller, wanted) => finish(removeLabel(core, caller, wanted)),
    listRules: (caller, path) => finish(listRules(core, caller, path)),
    setRule: (caller, rule) => finish(setRule(core, caller, rule)),
    removeRule: (caller, rule) => finish(removeRule(core, caller, rule)),
  };
}
