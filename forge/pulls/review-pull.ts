import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { VERDICT_WORDS } from '../../protocol/event-words/forge.ts';
import type { FactMail } from '../../protocol/schemas/forge-fact.ts';
import type { PullEntry, Verdict } from '../../protocol/schemas/pull.ts';
import { nameOf } from '../access/authorize.ts';
import { openRepository, type RepoPath } from '../backend/open-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { findFork } from '../git/diff.ts';
import { addEntry, findEntry, lastJudgements } from '../store/pull-entries.ts';
import { type Pull, touchPull } from '../store/pulls.ts';
import { findRef } from '../store/refs.ts';
import type { Repository } from '../store/repositories.ts';
import { assertEntries, takePullRoom } from './assert-room.ts';
import { nameOfPull, namePerson, notify, quote } from './notify.ts';
import { refuseApproval } from './policy/count-reviews.ts';
import { getPull, reviewFacts } from './pull-repository.ts';

export interface Review extends RepoPath {
  readonly number: number;
  readonly verdict: Verdict;
  /** The commit that was read; undefined: the newest one. */
  readonly commit: string | undefined;
  readonly body: string;
  readonly path: string | undefined;
  readonly line: number | undefined;
  /** The entry that it answers: it is about the same place. */
  readonly replyTo: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Stores a comment or a judgement. Throws `unknown_repo`, `unknown_pull`, `forbidden` for an approval that would count
 * for nothing, `invalid_input` for a comment without words and for an agent's judgement without its commit, `pull_moved` for a judgement of an older commit,
 * `pull_ended` for one of a merged or closed pull request, `forge_quota`, `contains_secret`, `service_unavailable`.
 */
export async function reviewPull(core: ForgeCore, caller: RepoCaller, review: Review): Promise<PullEntry> {
  const { owner, name, number, verdict, body, signal } = review;
  const action = verdict === 'comment' ? 'comment' : 'review';
  const repository = await openRepository(core, { caller, action, owner, name });
  assertWords(caller, review);
  await assertNoSecret(core, `${body}\n${review.path ?? ''}`, signal);
  const by = nameOf(caller);
  const place = verdict === 'approve' ? await readPlace(core, repository, number) : null;
  const write = core.db.transaction(() => {
    const pull = getPull(core, repository, number);
    if (place !== null) assertUnmoved(core, { repository, pull, place });
    if (verdict !== 'comment') assertJudgeable(core, { repository, pull, by, review });
    assertEntries(core, pull.id);
    const about = placeOf(core, pull, review);
    const { oid, path, line, replyTo } = about;
    takePullRoom(core, { repositoryId: repository.id, by, chars: body.length + (path?.length ?? 0), pull: pull.id });
    const at = core.clock();
    const id = addEntry(core.db, pull.id, { at, by, kind: verdict, body, ...about, fork: place?.fork ?? null });
    touchPull(core.db, pull.id, at);
    core.outbox.add({
      at,
      kind: 'forge.pull_reviewed',
      by,
      repo: `${owner}/${name}`,
      data: { number, verdict, commit: oid },
      mail: notify([pull.author], by, { body: sayReview(repository, pull, { by, review: { ...review, path, line } }) }),
    });
    const lineNow = oid === pull.headOid ? line : null;
    const seen = { lineNow, isOutdated: line !== lineNow, replyTo, stale: false };
    return { id, at, by, kind: verdict, body, commit: oid, path, line, ...seen };
  });
  const entry = write.immediate();
  core.outbox.announce();
  return entry;
}

/** What an approval is for: the change of a head since it left its base. */
interface ApprovedPlace {
  readonly head: string;
  readonly base: string;
  /** The base's commit as recorded; null: it is gone. */
  readonly tip: string | null;
  /** Null: the base is gone, or they have nothing in common. */
  readonly fork: string | null;
}

async function readPlace(core: ForgeCore, repository: Repository, number: number): Promise<ApprovedPlace> {
  const { headOid, base } = getPull(core, repository, number);
  const path = core.places.repositoryDir(repository);
  const tip = findRef(core.db, repository.id, `refs/heads/${base}`);
  const fork = tip === null ? null : await findFork(core.git, { path, base: tip, head: headOid });
  return { head: headOid, base, tip, fork };
}

/** Throws `pull_moved` when a branch moved since the place was read, so that what is approved is not what was read. */
function assertUnmoved(
  { db }: Pick<ForgeCore, 'db'>,
  { repository, pull, place }: { repository: Repository; pull: Pull; place: ApprovedPlace },
): void {
  if (pull.headOid !== place.head) throw new HiveError('pull_moved', sayNewest(pull));
  if (pull.base !== place.base || findRef(db, repository.id, `refs/heads/${pull.base}`) !== place.tip)
    throw new HiveError('pull_moved', `Its base ${pull.base} moved at this moment. Try again.`);
}

function sayNewest({ headOid }: Pull): string {
  return `Its newest commit is ${headOid} now. Read what changed, and judge that one.`;
}

type SaidReview = Pick<Review, 'verdict' | 'body'> & { path: string | null; line: number | null };

/** What an entry is about: an answer is about what the beginning of its thread is about. */
function placeOf({ db }: Pick<ForgeCore, 'db'>, pull: Pull, { commit, path, line, replyTo }: Review) {
  if (replyTo === undefined)
    return { oid: commit ?? pull.headOid, path: path ?? null, line: line ?? null, replyTo: null };
  const answered = findEntry(db, pull.id, replyTo);
  if (answered === null || answered.path === null)
    throw new HiveError('not_found', 'replyTo: name the id of a comment at a place in this conversation.');
  const { oid, path: file, line: at } = answered;
  return { oid, path: file, line: at, replyTo: answered.replyTo ?? answered.id };
}

function sayReview(
  repository: Repository,
  pull: Pull,
  { by, review }: { by: string; review: SaidReview },
): FactMail['body'] {
  const { verdict, body, path, line } = review;
  const place = line === null ? '' : `line ${line} of `;
  return [
    `${namePerson(by)} ${SAID[verdict]} ${nameOfPull(repository, pull)} (`,
    quote(pull.title),
    ...(path === null ? [')'] : [`), at ${place}`, quote(path)]),
    ...(body === '' ? ['.'] : [': ', quote(body)]),
  ];
}

const SAID: Record<Verdict, string> = {
  approve: VERDICT_WORDS.approve,
  request_changes: 'wants changes in',
  comment: 'commented on',
};

function assertWords(caller: RepoCaller, { verdict, body, path, line, commit, replyTo }: Review): void {
  if (replyTo !== undefined && (verdict !== 'comment' || path !== undefined || line !== undefined))
    throw new HiveError('invalid_input', 'replyTo: an answer is a comment, at the place that it answers.');
  // A push between reading and judging would make it a judgement of what nobody read.
  if (caller.kind === 'agent' && verdict !== 'comment' && commit === undefined)
    throw new HiveError('invalid_input', 'commit: name the commit that you read and judge.');
  if (verdict !== 'approve' && body.trim() === '')
    throw new HiveError('invalid_input', `body: say what you mean; "${verdict}" needs words.`);
  if (line !== undefined && path === undefined)
    throw new HiveError('invalid_input', 'line: name the file, too, in "path".');
}

function assertJudgeable(
  core: ForgeCore,
  { repository, pull, by, review }: { repository: Repository; pull: Pull; by: string; review: Review },
): void {
  if (pull.state !== 'open')
    throw new HiveError('pull_ended', `${nameOfPull(repository, pull)} is ${pull.state}: there is nothing to judge.`);
  if (review.commit !== undefined && review.commit !== pull.headOid) throw new HiveError('pull_moved', sayNewest(pull));
  if (review.verdict === 'request_changes') return;
  const refusal = refuseApproval(by, reviewFacts(core, repository, pull));
  // It counts for nothing, but takes back the wish for changes, which nobody else can.
  const isWithdrawal = lastJudgements(core.db, pull.id).some((one) => one.by === by && one.kind === 'request_changes');
  if (refusal !== null && !isWithdrawal) throw new HiveError('forbidden', refusal);
}
