import { withdrawDelivery } from './store/deliveries.ts';
import { findQuestion } from '../questions/queries.ts';
import type { Tx } from '../../core/writer.ts';
import { lapseQuestion } from '../questions/end-question.ts';
import type { MailContext, Withdrawal } from './mail-context.ts';

/**
 * Withdraws deliveries, also leased ones of a turn that is being stopped. A question withdrawn from the agent
 * that was asked is over, and its asker is notified; a question of which only a copy was withdrawn stays
 * open.
 */
export function withdrawMail(tx: Tx, deps: MailContext, what: Withdrawal): void {
  const { mail, note, by } = what;
  if (mail.length === 0) return;
  const at = deps.clock();
  for (const { delivery, messageId, recipient } of mail) {
    withdrawDelivery(tx.db, delivery, { at, note });
    const question = findQuestion(tx.db, messageId);
    if (question?.state !== 'open' || question.asked !== recipient) continue;
    lapseQuestion(tx, deps, { question, state: 'withdrawn', why: `was withdrawn by the ${by}` });
  }
  deps.events.append(tx, 'delivery.withdrawn', { data: { messages: mail.map((one) => one.messageId), by } });
}
