import type { QuestionView } from '../../../../protocol/schemas/message.ts';

/** Open questions: the ones whose time runs out first, then those without a deadline, the oldest first. */
export function orderOpenQuestions(questions: readonly QuestionView[]): QuestionView[] {
  return questions
    .filter(({ state }) => state === 'open')
    .toSorted((a, b) => (a.deadline ?? Infinity) - (b.deadline ?? Infinity) || a.askedAt - b.askedAt);
}

/** What became of the others, the last closed first; one without an answer counts from when it was asked. */
export function orderClosedQuestions(questions: readonly QuestionView[]): QuestionView[] {
  const endOf = ({ answer, deadline, askedAt }: QuestionView) => answer?.at ?? deadline ?? askedAt;
  return questions.filter(({ state }) => state !== 'open').toSorted((a, b) => endOf(b) - endOf(a));
}

/** How a question ended, in words. */
export const QUESTION_ENDS: Record<Exclude<QuestionView['state'], 'open'>, string> = {
  answered: 'Answered',
  defaulted: 'Deadline passed; its default was taken',
  expired: 'Deadline passed without an answer',
  withdrawn: 'Withdrawn',
};
