import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { PullChecks } from '../../protocol/schemas/check.ts';
import type { Label } from '../../protocol/schemas/label.ts';
import { PULL_STATES } from '../../protocol/schemas/pull.ts';
import { checksOfPull, lastChecksOfPull } from '../checks/check-pulls.ts';
import { type FileChange, listFileChanges, MOST_DIFF_BYTES, type Range, readDiff } from '../git/diff.ts';
import { type Commit, countCommits, readCommits, readPatch } from '../git/history.ts';
import { rangeOf } from '../pulls/describe-pull.ts';
import { findMergeable } from '../pulls/mergeable.ts';
import { getPull, reviewsOf } from '../pulls/pull-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { type PullChoice, type PullOrder, pullsOf } from '../store/list-pulls.ts';
import { type Entry, findEntryOf, saidEntries } from '../store/pull-entries.ts';
import { labelsOfPull } from '../store/labels.ts';
import { type Pull, reviewersOf } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import type { DiffForm, Page } from './browse.ts';
import { openRepository } from './open-repository.ts';
import { type OpenedRepository, type Wanted, whileReading } from './while-reading.ts';

type WantedPull = Wanted & { readonly number: number };

/** A pull request with what git says about it. */
export interface PullDetail {
  readonly pull: Pull;
  readonly reviewers: readonly string[];
  readonly labels: readonly Label[];
  /** The base's present commit, or the one before the merge; null: the base is gone. */
  readonly baseOid: string | null;
  /** Where both histories part; null: nowhere, or the commits are gone. Lists do not look for it. */
  readonly fork: string | null;
  /** Whether git can merge it, whatever its rules say. False for one that is not open. */
  readonly hasNoConflicts: boolean;
}

/** A pull request with what checks say about its head. */
export interface CheckedPull {
  readonly number: number;
  readonly checks: PullChecks;
}

/** An entry of a conversation; `stale`: a judgement that counts for nothing now. */
export type SaidEntry = Entry & { readonly stale: boolean };

/** Reads pull requests by pages. Errors as those of PullBackend. */
export interface BrowsePullBackend {
  page(
    caller: RepoCaller,
    wanted: Wanted & Page & Omit<PullChoice, 'repositoryId' | 'headOid'> & { order: PullOrder },
  ): Promise<{ pulls: PullDetail[]; total: number }>;
  get(caller: RepoCaller, wanted: WantedPull): Promise<PullDetail>;
  /** By name. Throws `unknown_repo`, `unknown_pull`. */
  labels(caller: RepoCaller, wanted: Omit<WantedPull, 'signal'>): Promise<Label[]>;
  files(caller: RepoCaller, wanted: WantedPull): Promise<FileChange[]>;
  commits(caller: RepoCaller, wanted: WantedPull & Page): Promise<{ commits: Commit[]; total: number }>;
  text(caller: RepoCaller, wanted: WantedPull & { form: DiffForm }): Promise<string>;
  /** Comments on the whole (`plain`), or judgements and comments on files. */
  said(
    caller: RepoCaller,
    wanted: WantedPull & Page & { plain: boolean },
  ): Promise<{ entries: SaidEntry[]; total: number }>;
  /** What checks say about the newest pull request with this head; null: there is none. */
  checksOf(caller: RepoCaller, wanted: Wanted & { commit: string }): Promise<CheckedPull | null>;
  /** Throws `not_found` for an id that is not of this conversation. */
  entry(caller: RepoCaller, wanted: WantedPull & { id: number }): Promise<SaidEntry>;
}

export function createBrowsePullBackend(
  core: ForgeCore,
  finish: <T>(work: Promise<T>) => Promise<T>,
): BrowsePullBackend {
  const read = <W extends Wanted, T>(
    caller: RepoCaller,
    wanted: W,
    work: (scene: OpenedRepository, wanted: W) => Promise<T>,
  ) => finish(whileReading(core, { caller, wanted }, (opened) => work(opened, wanted)));
  const withRange = <W extends WantedPull, T>(
    caller: RepoCaller,
    wanted: W,
    { none, work }: { none: T; work: (range: Range, wanted: W) => Promise<T> },
  ) =>
    read(caller, wanted, async ({ repository }, asked) => {
      const range = await rangeOf(core, repository, getPull(core, repository, asked.number));
      return range === null ? none : work(range, asked);
    });
  return {
    page: (caller, wanted) =>
      read(caller, wanted, async (scene, { order, skip, limit, signal: _signal, ...asked }) => {
        const choice = { ...asked, repositoryId: scene.repository.id, headOid: null };
        const { pulls, total } = pullsOf(core.db, choice, { order, skip, limit });
        return { pulls: await summaries(core, scene, pulls), total };
      }),
    get: (caller, wanted) =>
      read(caller, wanted, (scene, { number }) => detail(core, scene, getPull(core, scene.repository, number))),
    labels: (caller, { owner, name, number }) =>
      finish(
        (async () => {
          const repository = await openRepository(core, { caller, action: 'look', owner, name });
          return labelsOfPull(core.db, getPull(core, repository, number).id);
        })(),
      ),
    files: (caller, wanted) =>
      withRange(caller, wanted, { none: [], work: (range) => listFileChanges(core.git, range) }),
    commits: (caller, wanted) =>
      withRange(caller, wanted, {
        none: { commits: [] as Commit[], total: 0 },
        work: async ({ path, base, head }, { skip, limit }) => {
          const walk = { path, tip: head, without: base };
          return {
            commits: await readCommits(core.git, walk, { skip, limit }),
            total: await countCommits(core.git, walk),
          };
        },
      }),
    text: (caller, wanted) =>
      withRange(caller, wanted, {
        none: '',
        work: async (range, { form }) => {
          const { path, fork, head } = range;
          const { text, isCut } =
            form === 'patch'
              ? await readPatch(core.git, { path, from: fork, to: head }, MOST_DIFF_BYTES)
              : await readDiff(core.git, range, undefined);
          if (isCut) throw new HiveError('payload_too_large', 'This diff is too long. Clone the repository instead.');
          return text;
        },
      }),
    said: (caller, wanted) =>
      read(caller, wanted, async ({ repository }, { number, plain, skip, limit }) => {
        const pull = getPull(core, repository, number);
        const { entries, total } = saidEntries(core.db, pull.id, { plain, skip, limit });
        return {
          entries: entries.map((entry) => ({ ...entry, stale: isStale(core, { repository, pull, entry }) })),
          total,
        };
      }),
    checksOf: (caller, wanted) =>
      read(caller, wanted, async ({ repository, refs }, { commit }) => {
        const nothing = { author: null, base: null, head: null, labels: [] };
        const choice = { ...nothing, repositoryId: repository.id, states: PULL_STATES };
        const [pull] = pullsOf(core.db, { ...choice, headOid: commit }, { order: 'newest', skip: 0, limit: 1 }).pulls;
        if (pull === undefined) return null;
        const base = pull.state === 'open' ? refs.get(`refs/heads/${pull.base}`) : undefined;
        const checks =
          base === undefined
            ? lastChecksOfPull(core, repository, pull)
            : await checksOfPull(core, repository, { pull, base });
        return { number: pull.number, checks };
      }),
    entry: (caller, wanted) =>
      read(caller, wanted, async ({ repository }, { number, id }) => {
        const pull = getPull(core, repository, number);
        const entry = findEntryOf(core.db, pull.id, id);
        if (entry === null) throw new HiveError('not_found', `Pull request #${number} has no review or comment ${id}.`);
        return { ...entry, stale: isStale(core, { repository, pull, entry }) };
      }),
  };
}

/** As a list has them: one run of git for all that are open, none for the others. */
async function summaries(
  core: ForgeCore,
  { path, refs }: OpenedRepository,
  pulls: readonly Pull[],
): Promise<PullDetail[]> {
  const bases = pulls.map((pull) => pull.endedBaseOid ?? refs.get(`refs/heads/${pull.base}`) ?? null);
  const open = pulls.flatMap(({ state, headOid: head }, at) => {
    const base = bases[at] ?? null;
    return state === 'open' && base !== null ? [{ at, base, head }] : [];
  });
  const mergeable = await findMergeable(core, path, open);
  const clean = new Set(open.filter((_, index) => mergeable[index]).map(({ at }) => at));
  return pulls.map((pull, at) => ({
    pull,
    reviewers: reviewersOf(core.db, pull.id),
    labels: labelsOfPull(core.db, pull.id),
    baseOid: bases[at] ?? null,
    fork: null,
    hasNoConflicts: clean.has(at),
  }));
}

async function detail(core: ForgeCore, scene: OpenedRepository, pull: Pull): Promise<PullDetail> {
  const range = await rangeOf(core, scene.repository, pull);
  const [found] = await summaries(core, scene, [pull]);
  if (found === undefined) throw new HiveError('unknown_pull');
  return { ...found, fork: range?.fork ?? null };
}

function isStale(
  core: ForgeCore,
  { repository, pull, entry }: { repository: Repository; pull: Pull; entry: Entry },
): boolean {
  if (entry.kind !== 'approve' && entry.kind !== 'request_changes') return false;
  const { approvedBy, changesWantedBy } = reviewsOf(core, repository, pull);
  return !(entry.kind === 'approve' ? approvedBy : changesWantedBy).includes(entry.by);
}
