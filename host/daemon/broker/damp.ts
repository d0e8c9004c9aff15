import { OPERATOR, SYSTEM } from '../../../protocol/names.ts';
import type { MessageKind } from '../../../protocol/schemas/message.ts';
import { heldBetween, releaseHeldBetween } from '../store/deliveries.ts';
import { findQuestion } from '../store/questions.ts';
import { findTalk, pausedThreadsOf, saveTalk, talkAbout, type TalkRow } from '../store/talks.ts';
import { setThreadState } from '../store/threads.ts';
import type { Tx } from '../store/writer.ts';
import type { Resolved } from './address.ts';
import { endQuestion } from './end-question.ts';
import { hearTalk, resumeTalk, type Talk, talkSchema } from './policy/talk.ts';
import type { PostDeps } from './mail-deps.ts';
import type { Sight } from './sight.ts';
import { withdrawMail } from './withdraw-mail.ts';

/** Not before the operator says so: the last moment that a calendar can name. */
export const UNTIL_ALLOWED = 8_640_000_000_000_000;
export const GO_ON = 'go on';
export const CLOSE_IT = 'close it';

/** What becomes of a message that goes to and fro too much. */
export type Damped = { heldUntil: number; why: string } & (
  | { kind: 'slowed' | 'held' }
  /** This message is the one that paused the talk; to be called when it is stored. */
  | { kind: 'paused'; askOperator: (stored: { tx: Tx; deps: PostDeps; thread: number; id: number }) => void }
);

/**
 * Hears a message between two agents and damps a loop: null lets it go at once. The talk of the pair is
 * remembered in the same transaction, so a crash forgets nothing. See policy/talk.ts for the rules.
 */
export function dampTalk(
  tx: Tx,
  deps: PostDeps,
  mail: { sight: Sight; sender: string; kind: MessageKind; body: string; at: number; targets: Resolved },
): Damped | null {
  const { sight, sender, body, at } = mail;
  const { isGroup, targets } = mail.targets;
  // A group of one is that one: two who write to each other as "@children" and "@parent" are two all the same.
  const recipient = isGroup && targets.length > 1 ? undefined : targets[0]?.name;
  if (
    recipient === undefined ||
    recipient === OPERATOR ||
    recipient === sender ||
    sender === OPERATOR ||
    sender === SYSTEM
  )
    return null;
  // Mail in one direction is no loop, and most mail is that.
  const { talk: glance, workedAt: recipientWorkedAt } = sight.inTalk(recipient);
  if (glance !== null && !glance.paused && glance.lastSender === sender)
    return glance.heldUntil > at ? waitBehind(glance.heldUntil) : null;
  const pair = { a: sender, b: recipient };
  const row = glance === null ? null : findTalk(tx.db, sender, recipient);
  const before = row === null ? null : readTalk(row);
  const workedAt = Math.max(sight.sender()?.workedAt ?? 0, recipientWorkedAt);
  const { talk, verdict } = hearTalk(before, { sender, recipient, body, at, workedAt }, deps.rules.talk);
  const heldUntil = verdict.kind === 'slow' ? at + verdict.delayMs : (row?.heldUntil ?? 0);
  const save = (about: Pick<TalkRow, 'thread' | 'question'>) =>
    saveTalk(tx.db, pair, { ...describeTalk(talk), heldUntil, ...about });
  if (talk !== before) save({ thread: row?.thread ?? null, question: row?.question ?? null });
  if (verdict.kind === 'go') return heldUntil > at ? waitBehind(heldUntil) : null;
  if (verdict.kind === 'slow') return { kind: 'slowed', heldUntil, why: verdict.why };
  const { why } = verdict;
  if (before?.paused === true) return { kind: 'held', heldUntil: UNTIL_ALLOWED, why };
  return {
    kind: 'paused',
    heldUntil: UNTIL_ALLOWED,
    why,
    askOperator: ({ thread, id }) => {
      setThreadState(tx.db, thread, { state: 'paused', why });
      const between = [sender, recipient].sort();
      const question = deps.post(tx, deps, {
        sender: SYSTEM,
        kind: 'question',
        to: OPERATOR,
        in_reply_to: id,
        choices: [GO_ON, CLOSE_IT],
        body: `${why}. Until you answer, what ${between.join(' and ')} write to each other is held back. May they go on?`,
      });
      save({ thread, question: question.id });
      deps.events.append(tx, 'thread.paused', { data: { thread, between, why, question: question.id } });
    },
  };
}

/** The talk goes on in its order. */
function waitBehind(heldUntil: number): Damped {
  return { kind: 'slowed', heldUntil, why: 'it waits behind an earlier message of this talk that was slowed down' };
}

function describeTalk(talk: Talk): Pick<TalkRow, 'state' | 'lastSender' | 'paused'> {
  return { state: JSON.stringify(talk), lastSender: talk.lastSender, paused: talk.paused };
}

function readTalk(row: TalkRow): Talk {
  return talkSchema.parse(JSON.parse(row.state));
}

/**
 * Ends the pause of a talk: what was held goes out (`go_on`) or is withdrawn (`close`), and the counts begin
 * anew. What the operator was asked about it needs no answer any more. False when nothing is paused there.
 */
export function endPause(
  tx: Tx,
  deps: PostDeps,
  end: { of: { question: number } | { thread: number }; how: 'go_on' | 'close'; by: string },
): boolean {
  const row = talkAbout(tx.db, end.of);
  if (row === null || row.thread === null) return false;
  const { a, b, thread, question } = row;
  const at = deps.clock();
  saveTalk(
    tx.db,
    { a, b },
    {
      ...describeTalk(resumeTalk(readTalk(row), at)),
      thread: null,
      question: null,
      heldUntil: 0,
    },
  );
  if (question !== null && findQuestion(tx.db, question)?.state === 'open')
    endQuestion(tx, deps, { id: question, state: 'withdrawn', answer: null });
  if (end.how === 'go_on') {
    const owners = releaseHeldBetween(tx.db, { a, b });
    setThreadState(tx.db, thread, { state: 'open', why: null });
    deps.events.append(tx, 'thread.opened', { data: { thread, by: end.by } });
    tx.after(() => owners.forEach(deps.onQueued));
    return true;
  }
  setThreadState(tx.db, thread, { state: 'closed', why: `closed by the ${end.by}` });
  deps.events.append(tx, 'thread.closed', { data: { thread, by: end.by } });
  withdrawMail(tx, deps, { mail: heldBetween(tx.db, { a, b }), note: `the ${end.by} ended the talk`, by: end.by });
  return true;
}

/** An agent is no more: what its pauses held back goes out, and nobody is asked about them any longer. */
export function endPausesOf(tx: Tx, deps: PostDeps, name: string): void {
  for (const thread of pausedThreadsOf(tx.db, name)) endPause(tx, deps, { of: { thread }, how: 'go_on', by: SYSTEM });
}
