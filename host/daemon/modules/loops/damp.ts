import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { MessageKind } from '../../../../protocol/schemas/message.ts';
import { heldBetween, releaseHeldBetween } from '../mail/queries.ts';
import { findTalk, saveTalk, talkAbout, type TalkRow } from './store/talks.ts';
import type { Tx } from '../../core/writer.ts';
import type { Resolved } from '../mail/address.ts';
import { hearTalk, resumeTalk, type Talk, talkSchema } from './policy/talk.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { type Damped, type Pause, type PauseKey, pauseUntilAllowed, HELD_FOREVER } from './pause.ts';
import type { SendView } from '../mail/send-view.ts';

/**
 * Records a message between two agents and damps a loop; null lets it go at once. The pair's loop state is
 * stored in the same transaction, so that a crash loses nothing. See policy/talk.ts for the rules.
 */
export function throttleLoop(
  tx: Tx,
  deps: MailContext,
  mail: { view: SendView; sender: string; kind: MessageKind; body: string; at: number; targets: Resolved },
): Damped | null {
  const { view, sender, body, at } = mail;
  const { isGroup, targets } = mail.targets;
  // A group with one member counts as a direct message: a parent and its only child can loop as "@children" and "@parent".
  const recipient = isGroup && targets.length > 1 ? undefined : targets[0]?.name;
  if (
    recipient === undefined ||
    recipient === OPERATOR ||
    recipient === sender ||
    sender === OPERATOR ||
    sender === SYSTEM
  )
    return null;
  // Mail in one direction is no loop, and most mail is like that: skip the second query.
  const { talk: glance, workedAt: recipientWorkedAt } = view.inTalk(recipient);
  if (glance !== null && !glance.paused && glance.lastSender === sender)
    return glance.heldUntil > at ? waitBehind(glance.heldUntil) : null;
  const pair = { a: sender, b: recipient };
  const row = glance === null ? null : findTalk(tx.db, sender, recipient);
  const before = row === null ? null : readTalk(row);
  const workedAt = Math.max(view.sender()?.workedAt ?? 0, recipientWorkedAt);
  const { talk, verdict } = hearTalk(before, { sender, recipient, body, at, workedAt }, deps.rules.talk);
  const heldUntil = verdict.kind === 'slow' ? at + verdict.delayMs : (row?.heldUntil ?? 0);
  const save = (about: Pick<TalkRow, 'thread' | 'question'>, inner = tx) =>
    saveTalk(inner.db, pair, { ...describeTalk(talk), heldUntil, ...about });
  if (talk !== before) save({ thread: row?.thread ?? null, question: row?.question ?? null });
  if (verdict.kind === 'go') return heldUntil > at ? waitBehind(heldUntil) : null;
  if (verdict.kind === 'slow') return { kind: 'slowed', heldUntil, why: verdict.why };
  const { why } = verdict;
  if (before?.paused === true) return { kind: 'held', heldUntil: HELD_FOREVER, why };
  const between = [sender, recipient].sort();
  return pauseUntilAllowed({
    heldUntil: HELD_FOREVER,
    why,
    between,
    ask: () => `Until you answer, what ${between.join(' and ')} write to each other is held back. May they go on?`,
    save: (inner, about) => save(about, inner),
  });
}

/** A later message waits at least as long as the delayed one before it, so that messages stay in order. */
function waitBehind(heldUntil: number): Damped {
  return { kind: 'slowed', heldUntil, why: 'it waits behind an earlier message of this talk that was slowed down' };
}

function describeTalk(talk: Talk): Pick<TalkRow, 'state' | 'lastSender' | 'paused'> {
  return { state: JSON.stringify(talk), lastSender: talk.lastSender, paused: talk.paused };
}

function readTalk(row: TalkRow): Talk {
  return talkSchema.parse(JSON.parse(row.state));
}

/** Finds the paused pair by the question to the operator about it, or by its thread. */
export function findPausedTalk(tx: Tx, deps: Pick<MailContext, 'clock'>, of: PauseKey): Pause | null {
  const row = talkAbout(tx.db, of);
  if (row === null || row.thread === null) return null;
  const { a, b, thread, question } = row;
  return {
    thread,
    question,
    noun: 'the talk',
    clear() {
      const talk = resumeTalk(readTalk(row), deps.clock());
      saveTalk(tx.db, { a, b }, { ...describeTalk(talk), thread: null, question: null, heldUntil: 0 });
    },
    held: () => heldBetween(tx.db, { a, b }),
    release: () => releaseHeldBetween(tx.db, { a, b }),
  };
}
