import { HiveError } from '../../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../../protocol/names.ts';
import { type Ended, expireQueued } from '../store/deliveries.ts';
import { findMessage } from '../store/messages.ts';
import { findQuestion } from '../store/questions.ts';
import type { Tx } from '../store/writer.ts';
import { lapseQuestion } from './lapse-question.ts';
import { type PostDeps, postMessage } from './post.ts';

/** Tells the operator and each sender, once, which messages were given up. */
export function announceDead(
  tx: Tx,
  deps: PostDeps,
  facts: { agent: string; dead: readonly Pick<Ended, 'messageId' | 'attempts'>[]; reason: string },
): void {
  const { agent, dead, reason } = facts;
  deps.events.append(tx, 'delivery.dead', {
    agent,
    data: {
      messages: dead.map((one) => one.messageId),
      attempts: Math.max(...dead.map((one) => one.attempts)),
      reason,
    },
  });
  for (const one of dead) {
    const message = findMessage(tx.db, one.messageId);
    // A notice about a notice would go round for ever; the event above is there all the same.
    if (message === null || message.kind === 'system') continue;
    const body = `Message #${message.id} from ${message.from} to ${agent} was given up after ${one.attempts} tries: ${reason}. It is kept as dead.`;
    for (const to of new Set([OPERATOR, message.from]))
      if (to !== agent) tell(tx, deps, { to, body, about: message.id });
  }
}

/**
 * Ends what waited longer than its sender said it is worth, and tells each sender once. Of a question, its end
 * is told instead. Returns how many ended.
 */
export function expireMail(tx: Tx, deps: PostDeps, limit: number): number {
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
    tell(tx, deps, { to: message.from, body, about: id });
  }
  return expired.length;
}

/** One with a deadline ends when that has come: until then it can be answered by whoever else may. */
function endUnread(tx: Tx, deps: PostDeps, expired: { id: number; recipients: readonly string[] }): void {
  const question = findQuestion(tx.db, expired.id);
  if (question?.state !== 'open' || question.deadline !== null || !expired.recipients.includes(question.asked)) return;
  lapseQuestion(tx, deps, { question, state: 'expired', why: 'was not read before its time ran out' });
}

function tell(tx: Tx, deps: PostDeps, notice: { to: string; body: string; about: number }): void {
  const { to, body, about } = notice;
  if (to === SYSTEM) return;
  try {
    postMessage(tx, deps, { sender: SYSTEM, kind: 'system', to, body, in_reply_to: about });
  } catch (error) {
    // The sender may have been destroyed since.
    if (!(error instanceof HiveError && error.code === 'unknown_agent')) throw error;
  }
}
