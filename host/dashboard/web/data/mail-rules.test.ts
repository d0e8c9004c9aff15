import { expect, test } from 'vitest';
import type { QuestionView } from '../../../../protocol/schemas/message.ts';
import { highlightWords } from './highlight.ts';
import { orderClosedQuestions, orderOpenQuestions } from './order-questions.ts';
import { completeQuery } from './search-query.ts';
import { THREAD_ACTIONS, whyNoReply, whyNotThread } from './thread-rules.ts';

const question = (id: number, given: Partial<QuestionView>): QuestionView => ({
  id,
  thread: id,
  from: 'system',
  asked: 'operator',
  body: 'what now?',
  choices: [],
  deadline: null,
  default: null,
  state: 'open',
  askedAt: id,
  answer: null,
  ...given,
});

test('open questions are sorted by deadline, then by age; closed ones by time, newest first', () => {
  const list = [
    question(1, {}),
    question(2, { deadline: 90 }),
    question(3, { deadline: 50 }),
    question(4, { state: 'expired', deadline: 4 }),
    question(5, { state: 'answered', answer: { id: 9, from: 'operator', body: 'so', at: 8 } }),
  ];
  expect(orderOpenQuestions(list).map(({ id }) => id)).toEqual([3, 2, 1]);
  expect(orderClosedQuestions(list).map(({ id }) => id)).toEqual([5, 4]);
});

test('a thread can be closed unless it is closed, and opened unless it is open', () => {
  const [open, close] = THREAD_ACTIONS;
  expect([whyNotThread(open, 'paused'), whyNotThread(open, 'closed'), whyNotThread(close, 'open')]).toEqual([
    null,
    null,
    null,
  ]);
  expect(whyNotThread(open, 'open')).toBe('The thread is open already.');
  expect(whyNotThread(close, 'closed')).toBe('The thread is closed already.');
  expect(whyNoReply({ state: 'closed' })).toContain('Open it again');
  expect(whyNoReply({ state: 'paused' })).toBeNull();
});

test('an excerpt is split at the words of the query', () => {
  const hits = (excerpt: string, query: string) =>
    highlightWords(excerpt, query)
      .filter(({ hit }) => hit)
      .map(({ text }) => text);
  expect(hits('The parser test, reparsed', 'PARSE "test"')).toEqual(['parse', 'test']);
  expect(hits('Über uns', 'uber')).toEqual(['Über']);
  expect(hits('a.c abc', 'a.c')).toEqual(['a', 'c', 'a']);
  expect(hits('nothing', '***')).toEqual([]);
  const text = 'one two one';
  expect(
    highlightWords(text, 'one')
      .map((piece) => piece.text)
      .join(''),
  ).toBe(text);
});

test('the last word is searched as a prefix; phrases are kept, and a query without a word is null', () => {
  expect(completeQuery(' disk ful ')).toBe('disk ful*');
  expect(completeQuery('"disk full"')).toBe('"disk full"');
  expect(completeQuery('"disk ful')).toBe('"disk ful');
  expect(completeQuery('dep*')).toBe('dep*');
  expect(completeQuery(' - "')).toBeNull();
});
