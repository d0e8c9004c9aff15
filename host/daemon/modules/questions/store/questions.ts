import type { QuestionView } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { findMessage } from '../../mail/queries.ts';
import { sql } from '../../../../../store/statements.ts';

export type QuestionState = QuestionView['state'];

export interface QuestionRow {
  id: number;
  asker: string;
  asked: string;
  deadline: number | null;
  state: QuestionState;
  answerId: number | null;
}

const COLUMNS = 'id, asker, asked, deadline, state, answer_id AS answerId';

export function insertQuestion(
  db: Db,
  question: { id: number; asker: string; asked: string; deadline: number | null },
): void {
  sql(db, "INSERT INTO questions (id, asker, asked, deadline, state) VALUES (?, ?, ?, ?, 'open')").run(
    question.id,
    question.asker,
    question.asked,
    question.deadline,
  );
}

const FIND_QUESTION = `SELECT ${COLUMNS} FROM questions WHERE id = ?`;

export function findQuestion(db: Db, id: number): QuestionRow | null {
  return (sql(db, FIND_QUESTION).get(id) as QuestionRow | undefined) ?? null;
}

export function closeQuestion(
  db: Db,
  id: number,
  end: { state: Exclude<QuestionState, 'open'>; answer: number | null; at: number },
): void {
  sql(db, "UPDATE questions SET state = ?, answer_id = ?, closed_at = ? WHERE id = ? AND state = 'open'").run(
    end.state,
    end.answer,
    end.at,
    id,
  );
}

const DUE_QUESTIONS = `SELECT ${COLUMNS} FROM questions WHERE state = 'open' AND deadline IS NOT NULL AND deadline <= ? ORDER BY deadline LIMIT ?`;

export function dueQuestions(db: Db, now: number, limit: number): QuestionRow[] {
  return sql(db, DUE_QUESTIONS).all(now, limit) as QuestionRow[];
}

export function nextDeadline(db: Db): number | null {
  return sql(db, "SELECT MIN(deadline) FROM questions WHERE state = 'open' AND deadline IS NOT NULL").pluck().get() as
    | number
    | null;
}

const OPEN_QUESTIONS_OF = `SELECT ${COLUMNS} FROM questions WHERE state = 'open' AND (asked = ? OR asker = ?)`;

/** Open questions that this agent asked or was asked. */
export function openQuestionsOf(db: Db, name: string): QuestionRow[] {
  return sql(db, OPEN_QUESTIONS_OF).all(name, name) as QuestionRow[];
}

export type OpenQuestion = Pick<QuestionRow, 'id' | 'asker' | 'asked'>;

/** Open questions that one agent, or anybody, asked, the oldest first. */
export function openQuestionsAsked(db: Db, asker: string | null = null): OpenQuestion[] {
  // "+id": see listQuestions.
  return sql(
    db,
    "SELECT id, asker, asked FROM questions WHERE state = 'open' AND (@asker IS NULL OR asker = @asker) ORDER BY +id",
  ).all({ asker }) as OpenQuestion[];
}

export function countOpenQuestions(db: Db, asked: string | null): number {
  const count =
    asked === null
      ? sql(db, "SELECT COUNT(*) FROM questions WHERE state = 'open'").pluck().get()
      : sql(db, "SELECT COUNT(*) FROM questions WHERE state = 'open' AND asked = ?").pluck().get(asked);
  return count as number;
}

/**
 * Open questions oldest first, the order in which to answer them; others newest first. Optionally of one
 * thread.
 */
export function listQuestions(
  db: Db,
  query: { asked: string | null; state: QuestionState | 'all'; thread?: number | null; limit: number },
): QuestionView[] {
  const { asked, state, thread = null, limit } = query;
  const where = [
    asked === null ? 'TRUE' : 'asked = @asked',
    STATE_IS[state],
    thread === null ? 'TRUE' : 'id IN (SELECT id FROM messages WHERE thread = @thread)',
  ].join(' AND ');
  const ids = sql(
    db,
    // "+id" keeps SQLite from walking all questions in id order instead of using the index of the few open
    // ones.
    `SELECT id FROM questions WHERE ${where} ORDER BY ${state === 'open' ? '+id ASC' : 'id DESC'} LIMIT @limit`,
  )
    .pluck()
    .all({ limit, ...(asked === null ? {} : { asked }), ...(thread === null ? {} : { thread }) }) as number[];
  return ids.flatMap((id) => viewQuestion(db, id) ?? []);
}

const STATE_IS: Record<QuestionState | 'all', string> = {
  all: 'TRUE',
  open: "state = 'open'",
  answered: "state = 'answered'",
  defaulted: "state = 'defaulted'",
  expired: "state = 'expired'",
  withdrawn: "state = 'withdrawn'",
};

export function viewQuestion(db: Db, id: number): QuestionView | null {
  const row = findQuestion(db, id);
  const message = row === null ? null : findMessage(db, id);
  if (row === null || message === null) return null;
  const answer = row.answerId === null ? null : findMessage(db, row.answerId);
  return {
    id,
    thread: message.thread,
    from: message.from,
    asked: row.asked,
    body: message.body,
    choices: message.data.choices ?? [],
    deadline: row.deadline,
    default: message.data.default ?? null,
    state: row.state,
    askedAt: message.at,
    answer: answer === null ? null : { id: answer.id, from: answer.from, body: answer.body, at: answer.at },
  } as QuestionView;
}

/** Called when the message that asked is deleted. */
export function deleteQuestion(db: Db, id: number): void {
  sql(db, 'DELETE FROM questions WHERE id = ?').run(id);
}
