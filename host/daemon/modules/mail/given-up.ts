import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import { expireQueued } from './store/timed-deliveries.ts';
import { findMessage } from './store/messages.ts';
import { findQuestion } from '../questions/queries.ts';
import type { Tx } from '../../core/writer.ts';
import { lapseQuestion } from '../questions/end-question.ts';
import type { GivenUp, MailContext } from './mail-context.ts';

/**
 * Notifies the operator and each sender of the messages that were given up; many messages of one sender share
 * one notice. `reason` must be the hive's own text, never text from a box, because agents trust a notice as
 * the hive's.
 */
export function announceDead(tx: Tx, deps: MailContext, facts: GivenUp): void {
  const { agent, dead, reason } = facts;
  deps.events.append(tx, 'delivery.dead', {
    agent,
    data: {
      messages: dead.map((one) => one.messageId),
      attempts: dead.reduce((most, one) => Math.max(most, one.attempts), 0),
      reason,
    },
  });
  const bySender = new Map<string, { id: number; attempts: number }[]>();
  for (const { messageId, attempts } of dead) {
    const message = findMessage(tx.db, messageId);
    // A notice about an undeliverable notice would loop for ever. The event above is recorded all the same.
    if (message === null || message.kind === 'system') continue;
    const lost = bySender.get(message.from);
    if (lost === undefined) bySender.set(message.from, [{ id: message.id, attempts }]);
    else lost.push({ id: message.id, attempts });
  }
  for (const [from, lost] of bySender)
    for (const notice of sayLost(lost, `from ${from} to ${agent}`, reason))
      for (const to of new Set([OPERATOR, from])) if (to !== agent) tell(tx, deps, { ...notice, to, kind: 'given_up' });
}

/**
 * Up to this number, each dead message gets a notice in its own thread. More share one notice, so that a full
 * mailbox that dies does not fill other mailboxes.
 */
const MOST_APART = 5;
const MOST_NAMED = 20;

function sayLost(
  lost: readonly { id: number; attempts: number }[],
  way: string,
  reason: string,
): { body: string; about: number }[] {
  const [first] = lost;
  if (first === undefined || lost.length <= MOST_APART)
    return lost.map(({ id, attempts }) => ({
      body: `Message #${id} ${way} was given up after ${attempts} tries: ${reason}. It is kept as dead.`,
      about: id,
    }));
  const named = lost.slice(0, MOST_NAMED).map(({ id }) => `#${id}`);
  const rest = lost.length > MOST_NAMED ? ` and ${lost.length - MOST_NAMED} more` : '';
  const body = `${lost.length} messages ${way} were given up: ${reason}. They are kept as dead: ${named.join(', ')}${rest}.`;
  return [{ body, about: first.id }];
}

/**
 * Expires messages that waited past their sender's TTL, and notifies each sender once; the asker of a question gets a
 * notice of the question's end instead. Returns the number of expired deliveries.
 */
export function expireMail(tx: Tx, deps: MailContext, limit: number): number {
  const expired = expireQueued(tx.db, { now: deps.clock(), limit });
  if (expired.length === 0) return 0;
  const byMessage = new Map<number, string[]>();
  for (const { messageId, recipient } of expired)
    byMessage.set(messageId, [...(byMessage.get(messageId) ?? []), recipient]);
  deps.events.append(tx, 'delivery.expired', { data: { messages: [...byMessage.keys()] } });
  for (const [id, recipients] of byMessage) {
    const message = findMessage(tx.db, id);
    if (message === null || message.kind === 'system') continue;
    if (message.kind === 'question') {
      endUnread(tx, deps, { id, recipients });
      continue;
    }
    const body = `Message #${id} expired before ${recipients.join(', ')} read it.`;
    tell(tx, deps, { to: message.from, body, about: id, kind: 'expired' });
  }
  return expired.length;
}

/**
 * Ends a question whose message expired unread. A question with a deadline stays open until the deadline,
 * because others may answer it.
 */
function endUnread(tx: Tx, deps: MailContext, expired: { id: number; recipients: readonly string[] }): void {
  const question = findQuestion(tx.db, expired.id);
  if (question?.state !== 'open' || question.deadline !== null || !expired.recipients.includes(question.asked)) return;
  lapseQuestion(tx, deps, { question, state: 'expired', why: 'was not read before its time ran out' });
}

function tell(
  tx: Tx,
  deps: MailContext,
  notice: { to: string; body: string; about: number; kind: 'given_up' | 'expired' },
): void {
  const { to, body, about, kind } = notice;
  if (to === SYSTEM) return;
  try {
    deps.post(tx, { sender: SYSTEM, kind: 'system', notice: kind, to, body, in_reply_to: about });
  } catch (error) {
    // The sender may have been destroyed in the meantime.
    if (!(error instanceof HiveError && error.code === 'unknown_agent')) throw error;
  }
}
