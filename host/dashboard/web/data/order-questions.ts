import type { QuestionView } from '../../../../protocol/schemas/message.ts';

/** Open questions by deadline, soonest first, then those without a deadline, oldest first. */
export function orderOpenQuestions(questions: readonly QuestionView[]): QuestionView[] {
  return questions
    .filter(({ state }) => state === 'open')
    .toSorted((a, b) => (a.deadline ?? Infinity) - (b.deadline ?? Infinity) || a.askedAt - b.askedAt);
}

/** Closed questions, last closed first; one without an answer is sorted by the time it was asked. */
export function orderClosedQuestions(questions: readonly QuestionView[]): QuestionView[] {
  const endOf = ({ answer, deadline, askedAt }: QuestionView) => answer?.at ?? deadline ?? askedAt;
  return questions.filter(({ state }) => state !== 'open').toSorted((a, b) => endOf(b) - endOf(a));
}

/** The text for each way that a question can end. */
export const QUESTION_ENDS: Record<Exclude<QuestionView['state'], 'open'>, string> = {
  answered: 'Answered',
  defaulted: 'Deadline passed; its default was taken',
  expired: 'Deadline passed without an answer',
  withdrawn: 'Withdrawn',
};
