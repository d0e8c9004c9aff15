import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import { findMessage } from '../mail/queries.ts';
import { dueQuestions, findQuestion, insertQuestion, openQuestionsOf, type QuestionRow } from './store/questions.ts';
import type { Tx } from '../../core/writer.ts';
import type { Resolved } from '../mail/address.ts';
import { endQuestion, lapseQuestion } from './end-question.ts';
import type { MailContext, PostedMessage } from '../mail/mail-context.ts';
import { quoteWords } from '../mail/policy/foreign-words.ts';
import type { SendView } from '../mail/send-view.ts';

/**
 * A question:
 *
 *   open ──answer──► answered
 *    ├── deadline, with a default ──► defaulted (the asker gets the default as its answer)
 *    ├── deadline, or its TTL before it was read ──► expired (the asker is notified)
 *    └── withdrawn, or an end of either side ──► withdrawn / expired
 */
export function askQuestion(
  tx: Tx,
  deps: MailContext,
  question: { id: number; asker: string; resolved: Resolved; deadline: number | null },
): void {
  const { id, asker, resolved, deadline } = question;
  const asked = resolved.targets[0]?.name;
  if (resolved.isGroup || asked === undefined)
    throw new HiveError(
      'invalid_input',
      'A question is asked of one: an agent or the operator. To ask a group, send a note.',
    );
  insertQuestion(tx.db, { id, asker, asked, deadline });
  deps.events.append(tx, 'question.asked', { data: { id, from: asker, asked, deadline } });
}

/** The open question that a message answers. */
export interface Answering {
  question: QuestionRow;
  /** The hive itself asked: the answer goes into no mailbox. */
  isToHive: boolean;
}

/**
 * Finds the question that a message answers, if any. A reply from the agent that was asked, to the asker, is
 * the answer whatever its kind, as long as it is one of the choices where there are any. Throws
 * `unknown_question`, `question_closed`, `not_a_choice` and `invalid_input`, only for messages of kind
 * "answer".
 */
export function readAnswer(tx: Tx, message: PostedMessage, repliesTo: number | null): Answering | null {
  const isDeclared = message.kind === 'answer';
  if (!isDeclared && message.kind !== undefined && message.kind !== 'note') return null;
  const question = repliesTo === null ? null : findQuestion(tx.db, repliesTo);
  const { sender } = message;
  const mayAnswer = question !== null && (question.asked === sender || sender === OPERATOR || sender === SYSTEM);
  if (question === null || !mayAnswer) {
    if (!isDeclared) return null;
    throw new HiveError('unknown_question', 'in_reply_to names no question that was asked of you. Send it as a note.');
  }
  const isToHive = question.asker === SYSTEM;
  const fits = isToHive || message.to === question.asker;
  if (!isDeclared)
    return question.state === 'open' && fits && isAmong(tx, question, message.body) && question.asked === sender
      ? { question, isToHive }
      : null;
  if (question.state !== 'open')
    throw new HiveError(
      'question_closed',
      `Question #${question.id} is ${question.state} already. Send a note if more must be said.`,
    );
  if (!fits) throw new HiveError('invalid_input', `to: the answer goes to ${question.asker}, who asked.`);
  if (sender !== SYSTEM && !isAmong(tx, question, message.body))
    throw new HiveError(
      'not_a_choice',
      `The answer must be one of the choices that ${question.asker} gave: ${choicesOf(tx, question).map(quoteWords).join(', ')}.`,
    );
  return { question, isToHive };
}

function choicesOf(tx: Tx, question: QuestionRow): string[] {
  return findMessage(tx.db, question.id)?.data.choices ?? [];
}

function isAmong(tx: Tx, question: QuestionRow, body: string): boolean {
  const choices = choicesOf(tx, question);
  return choices.length === 0 || choices.some((choice) => plain(choice) === plain(body));
}

function plain(text: string): string {
  return text.trim().toLowerCase();
}

/** An escalation may go only to the parent or the operator. */
export function checkEscalation(view: SendView, sender: string, resolved: Resolved): void {
  const goesUp = (name: string) => name === OPERATOR || name === view.parentOf(sender);
  if (!resolved.isGroup && resolved.targets.every(({ name, copy }) => copy || goesUp(name))) return;
  throw new HiveError('invalid_input', 'to: an escalation goes up: to "@parent" or to "operator".');
}

/** Questions past their deadline get their default as answer, or expire; the asker is notified either way. */
export function endDueQuestions(tx: Tx, deps: MailContext, limit: number): number {
  const due = dueQuestions(tx.db, deps.clock(), limit);
  for (const question of due) {
    const usual = findMessage(tx.db, question.id)?.data.default;
    if (usual === undefined)
      lapseQuestion(tx, deps, { question, state: 'expired', why: `was not answered by its deadline` });
    else applyDefault(tx, deps, { question, usual });
  }
  return due.length;
}

function applyDefault(tx: Tx, deps: MailContext, { question, usual }: { question: QuestionRow; usual: string }): void {
  const answer =
    question.asker === SYSTEM
      ? null
      : deps.post(tx, {
          sender: SYSTEM,
          kind: 'system',
          notice: 'question',
          to: question.asker,
          in_reply_to: question.id,
          body: `${question.asked} did not answer question #${question.id} in time. Its default applies.`,
          // The asker's own text stays in a field of its own, apart from the hive's.
          default: usual,
        }).id;
  endQuestion(tx, deps, { id: question.id, state: 'defaulted', answer });
}

/** On destruction of an agent: withdraws the questions it asked, and expires those it was asked. */
export function endQuestionsOf(tx: Tx, deps: MailContext, name: string): void {
  for (const question of openQuestionsOf(tx.db, name)) {
    if (question.asker === name) endQuestion(tx, deps, { id: question.id, state: 'withdrawn', answer: null });
    else
      lapseQuestion(tx, deps, {
        question,
        state: 'expired',
        why: 'cannot be answered any more: the agent was destroyed',
      });
  }
}
