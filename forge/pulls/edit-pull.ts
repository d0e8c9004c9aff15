import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { parseForkHead } from '../../protocol/pull-heads.ts';
import type { PullView } from '../../protocol/schemas/pull.ts';
import { nameOf } from '../access/authorize.ts';
import { assertAllowed, openRepository, type RepoPath } from '../backend/open-repository.ts';
import { listMissing } from '../git/fsck.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { addEntry } from '../store/pull-entries.ts';
import {
  addReviewer,
  endPull,
  openPulls,
  type Pull,
  reopenPull,
  reviewersOf,
  updatePull,
  viewPull,
} from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import { assertReviewers, wantReviews } from './ask-reviewers.ts';
import { assertEntries, takePullRoom } from './assert-room.ts';
import { type Scene, tellEnd } from './follow-refs.ts';
import { holdBranches } from './hold-branches.ts';
import { applyStanding, readStanding } from './keep-approvals.ts';
import { keepHeads } from './keep-heads.ts';
import {
  carryOutLabels,
  changesLabels,
  entriesOf,
  type LabelChange,
  type LabelStep,
  planLabels,
} from './label-pull.ts';
import { nameOfPull, namePerson, quote } from './notify.ts';
import { assertMergeable } from './open-pull.ts';
import { NO_MOVES } from './read-moves.ts';
import { getPull } from './pull-repository.ts';

export interface PullEdit extends RepoPath {
  readonly number: number;
  readonly title: string | undefined;
  readonly body: string | undefined;
  readonly base: string | undefined;
  readonly draft: boolean | undefined;
  readonly state: 'open' | 'closed' | undefined;
  readonly reviewers: readonly string[];
  readonly labels: LabelChange;
  readonly signal: AbortSignal;
}

/**
 * Changes a pull request: its author may, and whoever may push to the repository; only the latter change its labels.
 * Throws `unknown_repo`, `unknown_pull`, `forbidden`, `pull_ended` for a merged one and for edits of a closed one (not of
 * labels), and what openPull throws for branches and labels.
 */
export async function editPull(core: ForgeCore, caller: RepoCaller, edit: PullEdit): Promise<PullView> {
  const { owner, name, number, signal } = edit;
  const asked = await openRepository(core, { caller, action: 'look', owner, name });
  const by = nameOf(caller);
  if (getPull(core, asked, number).author !== by) assertAllowed(core, { caller, action: 'close_pull', owner, name });
  if (changesLabels(edit.labels)) assertAllowed(core, { caller, action: 'label', owner, name });
  await assertNoSecret(core, `${edit.title ?? ''}\n${edit.body ?? ''}`, signal);
  return holdBranches(core, { repository: asked, signal }, async (repository) => {
    const before = getPull(core, repository, number);
    assertEditable(repository, before, edit);
    assertReviewers(core, repository, edit.reviewers);
    const base = edit.base ?? before.base;
    const opens = edit.state === 'open' && before.state === 'closed';
    const moves = opens || base !== before.base;
    const kept = moves ? await findKeptHead(core, repository, before) : null;
    const to = moves ? await assertMergeable(core, repository, { head: before.head, base, headOid: kept }) : null;
    const headOid = to?.headOid ?? before.headOid;
    if (moves) assertNoTwin(core, repository, { ...before, base });
    const path = core.places.repositoryDir(repository);
    if (opens) await keepHeads(core.git, path, [{ number, oid: headOid }]);
    // Approvals of what it changed on another base, or before it was closed, are compared with what it changes now.
    const place = to === null ? null : { path, base: to.baseOid, head: headOid, endsOthers: true, isRetargeted: false };
    const standing = place === null ? null : await readStanding(core, before, place);
    const scene = { db: core.db, outbox: core.outbox, repository, at: core.clock(), moves: NO_MOVES };
    const write = core.db.transaction(() => {
      const { title, body } = before;
      const labels = planLabels(core.db, before, edit.labels);
      const said = entriesOf(labels).reduce((sum, entry) => sum + entry.body.length, 0);
      const chars = (edit.title ?? title).length + (edit.body ?? body).length - title.length - body.length + said;
      if (said > 0) assertEntries(core, before.id);
      takePullRoom(core, { repositoryId: repository.id, by, chars, pull: before.id });
      carryOut(scene, before, { ...edit, base, headOid, by, labelStep: labels });
      if (standing !== null) applyStanding(core.db, before.id, standing);
    });
    write.immediate();
    core.outbox.announce();
    core.checks.wanted();
    return viewPull(core.db, getPull(core, repository, number), repository);
  });
}

function assertEditable(repository: Repository, pull: Pull, edit: PullEdit): void {
  const { title: named, body, base, draft, state, reviewers, labels } = edit;
  const isOfLabels = [named, body, base, draft, state].every((one) => one === undefined) && reviewers.length === 0;
  if (isOfLabels && changesLabels(labels)) return;
  const title = nameOfPull(repository, pull);
  if (pull.state === 'merged') throw new HiveError('pull_ended', `${title} is merged. Open another pull request.`);
  if (pull.state === 'closed' && edit.state !== 'open')
    throw new HiveError('pull_ended', `${title} is closed. Open it again first, with state "open".`);
}

/**
 * The commit of a pull request from another repository, which is kept here: newer ones come afterwards. Null for one of
 * the repository itself. Throws `not_found`.
 */
async function findKeptHead(core: ForgeCore, repository: Repository, { head, headOid }: Pull): Promise<string | null> {
  if (parseForkHead(head) === null) return null;
  const missing = await listMissing(core.git, core.places.repositoryDir(repository), [headOid]);
  if (missing.size > 0)
    throw new HiveError('not_found', 'Its commits are not kept any more. Open another pull request.');
  return headOid;
}

function assertNoTwin(core: ForgeCore, repository: Repository, { id, base, head }: Pull): void {
  const twin = openPulls(core.db, repository.id).find((one) => one.id !== id && one.base === base && one.head === head);
  if (twin !== undefined)
    throw new HiveError('duplicate_pull', `Pull request #${twin.number} asks for the same merge: use that one.`);
}

type Decided = PullEdit & { base: string; headOid: string; by: string; labelStep: LabelStep };

function carryOut(scene: Scene, before: Pull, edit: Decided): void {
  const { db, outbox, repository, at } = scene;
  const { title = before.title, body = before.body, draft = before.draft, base, headOid, state, by } = edit;
  const { id, number } = before;
  const entry = { at, by, body: '', oid: headOid, path: null, line: null };
  const what = [];
  if (state === 'open' && before.state === 'closed') {
    reopenPull(db, id, { headOid, at });
    addEntry(db, id, { ...entry, kind: 'reopened' });
    what.push('open again');
  }
  if (title !== before.title) what.push('title');
  if (body !== before.body) what.push('text');
  if (base !== before.base) {
    addEntry(db, id, { ...entry, kind: 'base_changed', body: base });
    what.push(`base is ${base}`);
  }
  if (draft !== before.draft) {
    addEntry(db, id, { ...entry, kind: draft ? 'draft' : 'ready' });
    what.push(draft ? 'draft' : 'ready');
  }
  updatePull(db, id, { title, body, draft, base, at });
  carryOutLabels(db, { pullId: id, step: edit.labelStep, entry: { at, by, oid: headOid } });
  if (entriesOf(edit.labelStep).length > 0) what.push('labels');
  const asked = edit.reviewers.filter((reviewer) => addReviewer(db, id, reviewer));
  if (asked.length > 0) what.push('reviewers');
  // Whoever was asked while it was a draft is told when it is ready.
  const people = before.draft ? reviewersOf(db, id) : asked;
  const mail = draft ? [] : wantReviews(repository, { ...before, title, base, headOid }, { people, by });
  const repo = `${repository.owner}/${repository.name}`;
  if (what.length > 0)
    outbox.add({ at, kind: 'forge.pull_changed', by, repo, data: { number, what, commit: headOid }, mail });
  if (state === 'closed') close(scene, before, by);
}

function close(scene: Scene, pull: Pull, by: string): void {
  const { db, at, repository } = scene;
  endPull(db, pull.id, { by, at, mergeOid: null, endedBaseOid: null });
  addEntry(db, pull.id, { at, by, kind: 'closed', body: '', oid: pull.headOid, path: null, line: null });
  const words = [
    `${nameOfPull(repository, pull)} (`,
    quote(pull.title),
    `) is closed without a merge, by ${namePerson(by)}.`,
  ];
  tellEnd(scene, pull, { by, commit: null, words });
}
