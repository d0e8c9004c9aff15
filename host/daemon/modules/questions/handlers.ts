import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { pageOf } from '../../core/page.ts';
import { requireKnown } from '../agents/known-agent.ts';
import type { Mail } from '../mail/serve-mail.ts';
import { countOpenQuestions, findQuestion, listQuestions, viewQuestion } from './store/questions.ts';

export function handleQuestions({ db, mail }: { db: Db; mail: Pick<Mail, 'answer'> }) {
  return {
    operator: {
      listQuestions({ of, state, thread = null, limit }) {
        const asked = of === '*' ? null : requireKnown(db, of);
        return {
          questions: listQuestions(db, { asked, state, thread, limit: pageOf(limit) }),
          open: countOpenQuestions(db, asked),
        };
      },
      async answerQuestion({ id, body }) {
        const row = findQuestion(db, id);
        if (row === null) throw new HiveError('unknown_question', `There is no question #${id}.`);
        // The answer to a question of the hive itself goes into no mailbox; the address only names the
        // answerer.
        const to = row.asker === SYSTEM ? OPERATOR : (row.asker as AgentName);
        await mail.answer({ to, body, in_reply_to: id });
        const question = viewQuestion(db, id);
        if (question === null) throw new HiveError('unknown_question');
        return { question };
      },
    },
  } satisfies ModuleHandlers;
}
