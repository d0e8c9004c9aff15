import type { Db } from '../../../../store/open-store.ts';
import type { Module } from '../../core/module.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import type { Mail } from '../mail/serve-mail.ts';
import { handleQuestions } from './handlers.ts';
import { endDueQuestions, endQuestionsOf } from './questions.ts';
import { deleteQuestion, nextDeadline } from './store/questions.ts';

/** Questions ended per transaction. */
const BATCH = 200;

/** Questions and their answers. */
export function questionsModule({ db, writer, mail }: { db: Db; writer: Writer; mail: Mail }) {
  return {
    name: 'questions',
    handlers: handleQuestions({ db, mail }),
    onAgentRetired: (tx, { name }) => endQuestionsOf(tx, mail, name),
    onMessageDeleted: (tx, { id }) => deleteQuestion(tx.db, id),
    nextDueAt: () => nextDeadline(db),
    async fireDue() {
      const piece = (tx: Tx) => endDueQuestions(tx, mail, BATCH);
      while ((await writer.write(piece)) === BATCH);
    },
  } satisfies Module;
}
