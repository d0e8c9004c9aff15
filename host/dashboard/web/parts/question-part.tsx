import { IconClock } from '@tabler/icons-react';
import type { MessageView, QuestionView } from '../../../../protocol/schemas/message.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import { formatDateTime } from '../data/format.ts';
import { QUESTION_ENDS } from '../data/order-questions.ts';
import { formatName, toPlainText } from '../data/plain-text.ts';
import { AnswerForm } from './answer-form.tsx';
import { Countdown } from './now.tsx';
import classes from './question.module.css';

/**
 * The part of a question below its text: the deadline, then the operator's answer form or the choices and the outcome.
 * Without `question` (no longer stored) it shows the choices from the message itself.
 */
export function QuestionPart({ message, question }: { message: MessageView; question: QuestionView | undefined }) {
  const { choices = [], deadline = null, default: byDefault = null } = message.data;
  const isOpen = question?.state === 'open';
  const isForOperator = question?.asked === 'operator';
  return (
    <div className={classes.part}>
      {isOpen && <Deadline deadline={deadline} byDefault={byDefault} />}
      {isOpen && isForOperator ? (
        <AnswerForm question={question} />
      ) : (
        choices.length > 0 && <Choices choices={choices} taken={question?.answer?.body} />
      )}
      {question !== undefined && <QuestionEnd question={question} />}
    </div>
  );
}

/** The deadline of an open question, and the default answer. */
export function Deadline({ deadline, byDefault }: { deadline: number | null; byDefault: string | null }) {
  if (deadline === null) return null;
  return (
    <p className={classes.deadline}>
      <IconClock size={14} stroke={1.8} aria-hidden />
      <span>
        <Countdown until={deadline} /> left
        {byDefault !== null && <>, then “{toPlainText(byDefault)}” is taken</>}
      </span>
    </p>
  );
}

function Choices({ choices, taken }: { choices: readonly string[]; taken: string | undefined }) {
  return (
    <ul className={classes.choices} aria-label="Choices">
      {choices.map((choice) => (
        <li key={choice} data-taken={choice === taken || undefined}>
          {toPlainText(choice)}
        </li>
      ))}
    </ul>
  );
}

/** The agent that an open question waits for, or the outcome of a closed one. */
export function QuestionEnd({ question }: { question: QuestionView }) {
  const { state, answer, asked } = question;
  if (state === 'open')
    return asked === 'operator' ? null : <p className={classes.end}>Open: {formatName(asked)} is to answer.</p>;
  return (
    <p className={classes.end}>
      <b>{QUESTION_ENDS[state]}</b>
      {answer !== null && (
        <>
          {state === 'answered' && ` by ${formatName(answer.from)}`}:{' '}
          <span title={formatDateTime(answer.at)}>{shorten(toPlainText(answer.body), 400)}</span>
        </>
      )}
    </p>
  );
}
