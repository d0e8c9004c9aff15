import { withdrawDelivery } from './store/deliveries.ts';
import { findQuestion } from '../questions/queries.ts';
import type { Tx } from '../../core/writer.ts';
import { lapseQuestion } from '../questions/end-question.ts';
import type { MailContext, Withdrawal } from './mail-context.ts';

/**
 * Takes back deliveries, also from a turn that has them and is being stopped. A question that is taken back from the one who was asked is over, and its
 * asker is told; one that only a copy was made of stays open.
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
