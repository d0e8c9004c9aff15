import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { MergeState, PullDescription, PullEntry, PullView } from '../../protocol/schemas/pull.ts';
import { nameOf } from '../access/authorize.ts';
import { takeReadTurn } from '../backend/while-reading.ts';
import { judge, openRepository, type RepoPath } from '../backend/open-repository.ts';
import { countBehind, findFork, listChangedFiles, listNewCommits, type Range, readDiff } from '../git/diff.ts';
import { readRefs } from '../git/look.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { countEntries, newestEntries } from '../store/pull-entries.ts';
import { iteratePulls, type Pull, type PullFilter, reviewersOf, viewPull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { viewOfPull } from '../queue/list-queue.ts';
import { decideMerge } from './decide-merge.ts';
import { type LinesNow, placeComments } from './place-comments.ts';
import { getPull } from './pull-repository.ts';

const MOST_ENTRIES = 100;
const MOST_COMMITS = 50;
const MOST_FILES = 300;
const MOST_BEHIND = 1_000;

/** Pull requests that the caller may read, the newest first; `next` is the cursor of the page after it, or null. */
export function listPulls(
  core: ForgeCore,
  caller: RepoCaller,
  { limit, ...filter }: PullFilter & { limit: number },
): { pulls: PullView[]; next: number | null } {
  const found: { pull: Pull; repository: RepoPath }[] = [];
  let more = false;
  for (const one of iteratePulls(core.db, filter)) {
    if (judge(core, { caller, action: 'look', ...one.repository }).kind !== 'allowed') continue;
    more = found.length === limit;
    if (more) break;
    found.push(one);
  }
  const pulls = found.map(({ pull, repository }) => viewPull(core.db, pull, repository));
  return { pulls, next: more ? (found.at(-1)?.pull.id ?? null) : null };
}

type Wanted = RepoPath & { readonly number: number; readonly signal: AbortSignal };

/** Throws `unknown_repo`, `unknown_pull`, `service_unavailable` when too many reads are queued. */
export async function describePull(core: ForgeCore, caller: RepoCaller, wanted: Wanted): Promise<PullDescription> {
  const { owner, name, number, signal } = wanted;
  const repository = await openRepository(core, { caller, action: 'look', owner, name });
  const pull = getPull(core, repository, number);
  const release = await takeReadTurn(core, nameOf(caller), signal);
  try {
    const range = await rangeOf(core, repository, pull);
    const files = range === null ? [] : await listChangedFiles(core.git, range);
    const entries = newestEntries(core.db, pull.id, MOST_ENTRIES);
    const merge = await decideMerge(core, repository, pull);
    const place = { path: core.places.repositoryDir(repository), head: pull.headOid };
    const lines = await placeComments(core, entries, place);
    return {
      pull: viewPull(core.db, pull, repository),
      body: pull.body,
      reviewers: reviewersOf(core.db, pull.id),
      entries: entries.map((entry) => viewEntry(entry, merge, lines)),
      entriesLeftOut: countEntries(core.db, pull.id) - entries.length,
      commits: range === null ? [] : await listNewCommits(core.git, range, MOST_COMMITS),
      files: files.slice(0, MOST_FILES),
      filesLeftOut: Math.max(0, files.length - MOST_FILES),
      behind: range === null ? null : await countBehind(core.git, range, MOST_BEHIND),
      merge,
      queue: viewOfPull(core, repository, pull.id),
    };
  } finally {
    release();
  }
}

function viewEntry(
  { fork: _fork, standsFor: _standsFor, oid, ...entry }: ReturnType<typeof newestEntries>[number],
  merge: MergeState,
  lines: LinesNow,
): PullEntry {
  const counts = { approve: merge.approvedBy, request_changes: merge.changesWantedBy };
  const counting = entry.kind === 'approve' || entry.kind === 'request_changes' ? counts[entry.kind] : null;
  const lineNow = lines.get(entry.id) ?? null;
  const isOutdated = entry.line !== null && lineNow === null;
  const stale = counting !== null && !counting.includes(entry.by);
  return { ...entry, commit: oid, lineNow, isOutdated, stale };
}

/** A page of the diff. Throws as describePull. */
export async function diffPull(
  core: ForgeCore,
  caller: RepoCaller,
  wanted: Wanted & { path: string | undefined; offset: number; limit: number },
): Promise<{ commit: string; text: string; next: number | null }> {
  const { owner, name, number, offset, limit, signal } = wanted;
  const repository = await openRepository(core, { caller, action: 'look', owner, name });
  const pull = getPull(core, repository, number);
  const release = await takeReadTurn(core, nameOf(caller), signal);
  try {
    const range = await rangeOf(core, repository, pull);
    const { text, isCut } = range === null ? NO_DIFF : await readKept(core, repository, { range, file: wanted.path });
    const end = pageEnd(text, offset + limit);
    const isLast = end >= text.length;
    const note = isLast && isCut ? '\n[The rest of this diff is too long to show. Ask for single files.]\n' : '';
    return { commit: pull.headOid, text: text.slice(offset, end) + note, next: isLast ? null : end };
  } finally {
    release();
  }
}

const NO_DIFF = { text: '', isCut: false };

/** Each page of a diff is a part of the same text. */
function readKept(
  { git, diffs }: Pick<ForgeCore, 'git' | 'diffs'>,
  { id }: Repository,
  { range, file }: { range: Range; file: string | undefined },
) {
  return diffs.read(JSON.stringify([id, range.fork, range.head, file ?? null]), () => readDiff(git, range, file));
}

/** The end of a line, so that pages are whole lines; a longer line than a page is cut. */
function pageEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const line = text.lastIndexOf('\n', at - 1) + 1;
  return line > 0 && at - line < 2_000 ? line : at;
}

/** What the pull request changes; null: its base is gone, they have nothing in common, or its commits were pruned. */
export async function rangeOf(core: ForgeCore, repository: Repository, pull: Pull): Promise<Range | null> {
  const path = core.places.repositoryDir(repository);
  const base = pull.endedBaseOid ?? (await readRefs(core.git, path)).get(`refs/heads/${pull.base}`);
  if (base === undefined) return null;
  const ends = { path, base, head: pull.headOid };
  const fork = await findFork(core.git, ends);
  return fork === null ? null : { ...ends, fork };
}
