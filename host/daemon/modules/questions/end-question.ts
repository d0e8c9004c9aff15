import { SYSTEM } from '../../../../protocol/names.ts';
import { closeQuestion, type QuestionRow, type QuestionState } from './store/questions.ts';
import type { Tx } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';

/** Closes a question and records the event. */
export function endQuestion(
  tx: Tx,
  deps: MailContext,
  end: { id: number; state: Exclude<QuestionState, 'open'>; answer: number | null },
): void {
  const { id, state, answer } = end;
  closeQuestion(tx.db, id, { state, answer, at: deps.clock() });
  deps.events.append(tx, 'question.closed', { data: { id, state, answer } });
}

/** Closes an open question without an answer, and notifies its asker of the reason. */
export function lapseQuestion(
  tx: Tx,
  deps: MailContext,
  end: { question: QuestionRow; state: 'expired' | 'withdrawn'; why: string },
): void {
  const { question, state, why } = end;
  endQuestion(tx, deps, { id: question.id, state, answer: null });
  if (question.asker === SYSTEM) return;
  deps.post(tx, {
    sender: SYSTEM,
    kind: 'system',
    notice: 'question',
    to: question.asker,
    in_reply_to: question.id,
    body: `Your question #${question.id} to ${question.asked} ${why}. It is closed without an answer.`,
  });
}
