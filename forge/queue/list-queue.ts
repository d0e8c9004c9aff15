import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { QueueEntryView, QueueView } from '../../protocol/schemas/queue.ts';
import { openRepository, type RepoPath } from '../backend/open-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { entryOfPull, queuesWithWork } from '../store/queue-entries.ts';
import type { Repository } from '../store/repositories.ts';
import { compareEntries } from './policy/order-entries.ts';
import { type QueueRow, type QueueSeen, readQueue } from './read-queue.ts';

/** The queues of a repository's branches, or of one. Throws `unknown_repo`, `service_unavailable`. */
export async function listQueues(
  core: ForgeCore,
  caller: RepoCaller,
  { owner, name, branch }: RepoPath & { readonly branch: string | undefined },
): Promise<QueueView[]> {
  const { id } = await openRepository(core, { caller, action: 'look', owner, name });
  return queuesWithWork(core.db)
    .filter((place) => place.repositoryId === id && (branch === undefined || place.branch === branch))
    .flatMap((place) => {
      const seen = readQueue(core, core.suites, place);
      return seen === null ? [] : [viewQueue(seen)];
    });
}

/** A pull request's entry; null: it is in no queue. */
export function viewOfPull(core: ForgeCore, repository: Repository, pullId: number): QueueEntryView | null {
  const entry = entryOfPull(core.db, pullId);
  const seen = entry === null ? null : readQueue(core, core.suites, entry);
  if (entry === null || seen === null) return null;
  const rows = inOrder(seen);
  const at = rows.findIndex((row) => row.entry.id === entry.id);
  return at < 0 ? null : viewEntry(seen, rows[at]!, at);
}

function viewQueue(seen: QueueSeen): QueueView {
  const rows = inOrder(seen);
  const numbers = new Map(rows.map(({ entry, pull }) => [entry.id, pull.number]));
  const runs = seen.view.runs.flatMap(({ id, commit, size, purpose, state, tries }) => {
    const end = seen.lane.findIndex(({ commitOid }) => commitOid === commit);
    const batch = seen.batches.find((one) => one.id === id);
    if (end < 0 || batch === undefined) return [];
    const links = seen.lane.slice(Math.max(0, end + 1 - size), end + 1);
    const tested = links.flatMap((link) => numbers.get(link.id) ?? []);
    return [{ commit, numbers: tested, purpose, state, tries, startedAt: batch.startedAt }];
  });
  return { branch: seen.place.branch, entries: rows.map((row, at) => viewEntry(seen, row, at)), runs };
}

/** Those in the lane, those that may be merged, and those that wait. */
function inOrder({ rows }: QueueSeen): QueueRow[] {
  const rank = ({ entry }: QueueRow) => (entry.place !== null ? 0 : entry.state === 'queued' ? 1 : 2);
  const order = ({ id, priority, at }: QueueRow['entry']) => ({ id, priority, queuedAt: at });
  return rows.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.entry.place ?? 0) - (b.entry.place ?? 0) ||
      compareEntries(order(a.entry), order(b.entry)),
  );
}

function viewEntry(seen: QueueSeen, { entry, pull, judged }: QueueRow, at: number): QueueEntryView {
  const { branch: base, headOid: commit, by, mode, method, priority, state } = entry;
  const { number, title, author } = pull;
  const reasons = judged.kind === 'waits' ? [...judged.reasons] : judged.kind === 'leaves' ? [judged.reason] : [];
  return {
    number,
    title,
    author,
    base,
    commit,
    by,
    at: entry.at,
    mode,
    method,
    priority,
    reasons,
    state: isTested(seen, entry) ? 'testing' : state,
    position: state === 'queued' ? at + 1 : null,
  };
}

/** Whether a run at its place of the lane or above it is under way. */
function isTested({ lane, view }: QueueSeen, { place }: QueueRow['entry']): boolean {
  if (place === null) return false;
  const within = new Set(view.runs.filter(({ state }) => state === 'running').map(({ commit }) => commit));
  return lane.some((link) => link.place! >= place && within.has(link.commitOid!));
}
