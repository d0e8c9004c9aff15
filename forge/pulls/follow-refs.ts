import { OPERATOR, SYSTEM } from '../../protocol/names.ts';
import type { FactMail } from '../../protocol/schemas/forge-fact.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { addEntry, lastJudgements } from '../store/pull-entries.ts';
import {
  addPullPusher,
  endPull,
  moveBase,
  moveHead,
  notePusher,
  openPulls,
  type Pull,
  reviewersOf,
  setMerging,
} from '../store/pulls.ts';
import { deleteEntry, entriesUpTo, entryOfPull, type QueueEntry } from '../store/queue-entries.ts';
import type { RefChange } from '../store/refs.ts';
import type { Repository } from '../store/repositories.ts';
import { applyStanding } from './keep-approvals.ts';
import { nameOfPull, namePerson, notify, quote } from './notify.ts';
import type { PullMoves } from './read-moves.ts';

/** A moved ref and who moved it. */
export interface AuthoredChange extends RefChange {
  readonly by: string;
}

const branch = (name: string) => `refs/heads/${name}`;

/** Where something happened to a pull request, in the transaction that records it. */
export interface Scene extends Pick<ForgeCore, 'db' | 'outbox'> {
  readonly repository: Repository;
  readonly at: number;
  readonly moves: PullMoves;
}

/** Records what moved refs mean for pull requests, in the transaction that records the refs. */
export function followRefs(
  { db, outbox, clock }: Pick<ForgeCore, 'db' | 'outbox' | 'clock'>,
  repository: Repository,
  { changes, moves }: { changes: readonly AuthoredChange[]; moves: PullMoves },
): void {
  const scene = { db, outbox, repository, at: clock(), moves };
  const byRef = new Map(changes.map((change) => [change.ref, change]));
  for (const { ref, by, new: oid } of changes)
    if (ref.startsWith(branch('')))
      notePusher(db, { repositoryId: repository.id, ref, name: by, isGone: oid === null });
  const queued = mergedByQueue(db, repository, changes);
  for (const pull of openPulls(db, repository.id))
    followOne(scene, pull, {
      base: byRef.get(branch(pull.base)) ?? null,
      head: byRef.get(branch(pull.head)) ?? null,
      isContained: moves.contained.has(pull.number),
      queued: queued.get(pull.id) ?? null,
    });
}

/** The entries of merge queues whose branches moved to a commit of their lane, by pull request. */
function mergedByQueue(
  db: Scene['db'],
  { id: repositoryId }: Repository,
  changes: readonly AuthoredChange[],
): Map<number, QueueEntry> {
  const entries = changes.flatMap(({ ref, new: commit }) =>
    commit === null || !ref.startsWith(branch(''))
      ? []
      : entriesUpTo(db, { repositoryId, branch: ref.slice(branch('').length), commit }),
  );
  return new Map(entries.map((entry) => [entry.pullId, entry]));
}

interface Moved {
  readonly base: AuthoredChange | null;
  readonly head: AuthoredChange | null;
  readonly isContained: boolean;
  /** Its entry in the merge queue, whose commit the base has now. */
  readonly queued: QueueEntry | null;
}

function followOne(scene: Scene, pull: Pull, { base, head, isContained, queued }: Moved): void {
  const isOurMerge = pull.mergingOid !== null && base?.new === pull.mergingOid;
  // Every earlier move is recorded when this runs: a merge that did not happen is over.
  if (pull.mergingOid !== null && !isOurMerge) setMerging(scene.db, pull.id, null);
  const standing = scene.moves.standing.get(pull.number);
  if (standing !== undefined) applyStanding(scene.db, pull.id, standing);
  const now = head === null || head.new === null ? pull : followPush(scene, pull, { by: head.by, oid: head.new });
  if (base === null) return;
  if (base.new === null) return endWithoutBase(scene, now, base.by);
  if (!isOurMerge && !isContained) return;
  const { by, commitOid: oid } = isOurMerge && queued !== null ? queued : { by: base.by, commitOid: base.new };
  endMerged(scene, now, { by, oid: oid ?? base.new, baseOid: base.old ?? base.new });
}

/** Records new commits of a pull request. */
export function followPush(scene: Scene, pull: Pull, { by, oid }: { by: string; oid: string }): Pull {
  const { db, at, repository } = scene;
  moveHead(db, pull.id, { headOid: oid, at });
  addPullPusher(db, pull.id, by);
  addEntry(db, pull.id, { at, by, kind: 'pushed', body: '', oid, path: null, line: null });
  const judges = [...lastJudgements(db, pull.id).map((entry) => entry.by), ...reviewersOf(db, pull.id)];
  const words = [
    `${nameOfPull(repository, pull)} (`,
    quote(pull.title),
    `) has new commits by ${namePerson(by)}, the newest of which is ${oid}. ${sayStanding(scene, pull)}`,
  ];
  const moved = { ...pull, headOid: oid };
  tellChange(scene, moved, { by, what: 'new commits', mail: pull.draft ? [] : notify(judges, by, { body: words }) });
  return moved;
}

function sayStanding({ moves }: Scene, { number }: Pull): string {
  return (moves.standing.get(number)?.kept.length ?? 0) > 0
    ? 'They make the same change as before: earlier approvals count where the rule of its base keeps them.'
    : 'Earlier approvals do not count for them: review it again.';
}

function endMerged(scene: Scene, pull: Pull, merge: { by: string; oid: string; baseOid: string }): void {
  const { by, oid, baseOid } = merge;
  const { db, at, repository } = scene;
  endPull(db, pull.id, { by, at, mergeOid: oid, endedBaseOid: baseOid });
  addEntry(db, pull.id, { at, by, kind: 'merged', body: '', oid, path: null, line: null });
  const into = [`${nameOfPull(repository, pull)} (`, quote(pull.title), ') is merged into ', quote(pull.base)];
  // Whoever asked for a merge that had to wait is told, too; the operator has the page.
  const entry = entryOfPull(db, pull.id);
  const waited = entry === null ? [] : [pull.author, entry.by].filter((name) => name !== OPERATOR);
  if (entry !== null) deleteEntry(db, entry.id);
  tellEnd(scene, pull, { by, commit: oid, words: [...into, ` by ${namePerson(by)}.`], waited });
  for (const child of openPulls(db, repository.id))
    if (child.base === pull.head) retarget(scene, child, { by, base: pull.base });
}

/** A pull request on top of a merged one goes on to the same base; approvals stay that are for what it changes there. */
function retarget(scene: Scene, child: Pull, { by, base }: { by: string; base: string }): void {
  const { db, at, repository } = scene;
  const twin = openPulls(db, repository.id).some((one) => one.base === base && one.head === child.head);
  if (twin || child.head === base) return;
  moveBase(db, child.id, { base, at });
  const standing = scene.moves.retargeted.get(child.number);
  if (standing !== undefined) applyStanding(db, child.id, standing);
  const entry = { at, by, kind: 'base_changed' as const, body: base, oid: child.headOid, path: null, line: null };
  addEntry(db, child.id, entry);
  tellChange(scene, child, { by, what: `base is ${base}`, mail: [] });
}

function endWithoutBase(scene: Scene, pull: Pull, by: string): void {
  const { db, at, repository } = scene;
  endPull(db, pull.id, { by, at, mergeOid: null, endedBaseOid: null });
  const body = `Its base ${pull.base} was deleted.`;
  addEntry(db, pull.id, { at, by, kind: 'closed', body, oid: pull.headOid, path: null, line: null });
  const closed = [`${nameOfPull(repository, pull)} (`, quote(pull.title), ') is closed: its base '];
  tellEnd(scene, pull, { by, commit: null, words: [...closed, quote(pull.base), ' was deleted.'] });
}

function tellChange(
  { outbox, repository, at }: Scene,
  { number, headOid }: Pull,
  { by, what, mail }: { by: string; what: string; mail: FactMail[] },
): void {
  const repo = `${repository.owner}/${repository.name}`;
  outbox.add({ at, kind: 'forge.pull_changed', by, repo, data: { number, what: [what], commit: headOid }, mail });
}

/** Tells the author unless it was `by` the author, and those who waited for it; records the fact. */
export function tellEnd(
  { outbox, repository, at }: Scene,
  { number, author }: Pull,
  end: { by: string; commit: string | null; words: FactMail['body']; waited?: readonly string[] },
): void {
  const { by, commit, words, waited = [] } = end;
  const repo = `${repository.owner}/${repository.name}`;
  const people = [...(author === by ? [] : [author]), ...waited];
  const mail = notify(people, SYSTEM, { notice: 'pull_ended', body: words });
  outbox.add({ at, kind: 'forge.pull_ended', by, repo, data: { number, commit }, mail });
}
