import { Title } from '@mantine/core';
import { IconHelpCircle } from '@tabler/icons-react';
import type { QuestionView } from '../../../../protocol/schemas/message.ts';
import { combineQueries } from '../data/combine-queries.ts';
import { useOpenQuestions, useQuestions } from '../data/mail-queries.ts';
import { orderClosedQuestions, orderOpenQuestions } from '../data/order-questions.ts';
import { AnswerForm } from '../parts/answer-form.tsx';
import { MessageNumber } from '../parts/message-frame.tsx';
import { useNow } from '../parts/now.tsx';
import { Person } from '../parts/person.tsx';
import { EmptyState, Page, PageHead } from '../parts/page.tsx';
import { PlainText } from '../parts/plain-text.tsx';
import { QueryList } from '../parts/query-list.tsx';
import { Deadline, QuestionEnd } from '../parts/question-part.tsx';
import classes from '../parts/question.module.css';

/** A question with less time left than this is marked as urgent. */
const URGENT_MS = 600_000;

/** All questions to the operator, open ones first. */
export function QuestionsPage() {
  const open = useOpenQuestions().data?.open ?? 0;
  return (
    <Page narrow>
      <PageHead
        title="Questions"
        documentTitle={open > 0 ? `(${open}) Questions` : 'Questions'}
        about={open === 0 ? 'Nobody waits for your answer' : `${open} ${open === 1 ? 'waits' : 'wait'} for your answer`}
      />
      <Lists />
    </Page>
  );
}

function Lists() {
  return (
    <QueryList of={combineQueries(useOpenQuestions(), useQuestions())} loading={{ rows: 3, height: 120 }} empty={null}>
      {([open, all]) => (
        <>
          <Open questions={orderOpenQuestions(open.questions)} />
          <Closed questions={orderClosedQuestions(all.questions)} />
        </>
      )}
    </QueryList>
  );
}

function Open({ questions }: { questions: readonly QuestionView[] }) {
  if (questions.length === 0)
    return (
      <EmptyState icon={IconHelpCircle} title="No open questions">
        When an agent needs a decision, or the hive paused a conversation, it asks here. The asker goes on with your
        answer.
      </EmptyState>
    );
  return (
    <section aria-label="Open questions">
      {questions.map((question) => (
        <OpenQuestion key={question.id} question={question} />
      ))}
    </section>
  );
}

function Closed({ questions }: { questions: readonly QuestionView[] }) {
  if (questions.length === 0) return null;
  return (
    <section aria-label="Closed questions" className={classes.closed}>
      <Title order={2}>Closed</Title>
      {questions.map((question) => (
        <article key={question.id} className={`panel ${classes.card}`} aria-label={`Question ${question.id}`}>
          <Head question={question} />
          <PlainText text={question.body} />
          <QuestionEnd question={question} />
        </article>
      ))}
    </section>
  );
}

function OpenQuestion({ question }: { question: QuestionView }) {
  const now = useNow();
  const { deadline } = question;
  return (
    <article
      className={`panel ${classes.card}`}
      data-urgent={(deadline !== null && deadline - now < URGENT_MS) || undefined}
      aria-label={`Question ${question.id}`}
    >
      <Head question={question} />
      <PlainText text={question.body} />
      <div className={classes.part}>
        <Deadline deadline={deadline} byDefault={question.default} />
        <AnswerForm question={question} />
      </div>
    </article>
  );
}

function Head({ question }: { question: QuestionView }) {
  return (
    <header className={classes.head}>
      <Person name={question.from} />
      <MessageNumber id={question.id} thread={question.thread} at={question.askedAt} />
    </header>
  );
}
