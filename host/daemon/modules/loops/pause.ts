import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import { type Chosen, setThreadState } from '../mail/queries.ts';
import { findQuestion } from '../questions/queries.ts';
import type { Tx } from '../../core/writer.ts';
import { endQuestion } from '../questions/end-question.ts';
import type { MailContext } from '../mail/mail-context.ts';

/**
 * A pause holds mail until the operator decides, for a pair that loops (damp.ts) or a chain that grew too long
 * (damp-chain.ts):
 *
 *   message over the limit ──► held, its thread paused, operator asked ──go on──► thread open, held mail released
 *                                                                      ──close──► thread closed, held mail withdrawn
 */

/** The choices of the question to the operator. */
export const GO_ON = 'go on';
export const CLOSE_IT = 'close it';

/** Held without an end, until the operator releases it: the latest time that a Date can hold (epoch ms). */
export const HELD_FOREVER = 8_640_000_000_000_000;

/** How a message is damped. */
export type Damped = { heldUntil: number; why: string } & (
  | { kind: 'slowed' | 'held' }
  /** This message triggers the pause; call `askOperator` once it is stored. */
  | { kind: 'paused'; askOperator: (stored: { tx: Tx; deps: MailContext; thread: number; id: number }) => void }
);

/** Holds the message over the limit; once stored, it pauses its thread and asks the operator. */
export function pauseUntilAllowed(pause: {
  heldUntil: number;
  why: string;
  between: readonly string[];
  /** The second part of the question's text, after the reason. */
  ask: (message: number) => string;
  /** Stores the pause, in the transaction that stores the message. */
  save: (tx: Tx, row: { thread: number; question: number }) => void;
}): Damped {
  const { heldUntil, why, between, ask, save } = pause;
  return {
    kind: 'paused',
    heldUntil,
    why,
    askOperator({ tx, deps, thread, id }) {
      setThreadState(tx.db, thread, { state: 'paused', why });
      const question = deps.post(tx, {
        sender: SYSTEM,
        kind: 'question',
        to: OPERATOR,
        in_reply_to: id,
        choices: [GO_ON, CLOSE_IT],
        body: `${why}. ${ask(id)}`,
      });
      save(tx, { thread, question: question.id });
      deps.events.append(tx, 'thread.paused', { data: { thread, between: [...between], why, question: question.id } });
    },
  };
}

/** Identifies a stored pause by its question or by its paused thread. */
export type PauseKey = { question: number } | { thread: number };

export interface Pause {
  thread: number;
  question: number | null;
  /** How notes on withdrawn mail name the pause: "the talk". */
  noun: string;
  /** Deletes the pause and resets the counts. */
  clear: () => void;
  /** The messages that it holds. */
  held: () => Chosen[];
  /** Releases the held messages; returns the recipients with newly queued mail. */
  release: () => string[];
}

/**
 * Releases the held mail (`go_on`) or withdraws it (`close`), and resets the counts. The open question to the
 * operator is closed.
 */
export function liftPause(tx: Tx, deps: MailContext, end: { pause: Pause; how: 'go_on' | 'close'; by: string }): void {
  const { pause, how, by } = end;
  const { thread, question } = pause;
  pause.clear();
  if (question !== null && findQuestion(tx.db, question)?.state === 'open')
    endQuestion(tx, deps, { id: question, state: 'withdrawn', answer: null });
  if (how === 'go_on') {
    const owners = pause.release();
    setThreadState(tx.db, thread, { state: 'open', why: null });
    deps.events.append(tx, 'thread.opened', { data: { thread, by } });
    deps.onQueued(tx, owners);
    return;
  }
  setThreadState(tx.db, thread, { state: 'closed', why: `closed by the ${by}` });
  deps.events.append(tx, 'thread.closed', { data: { thread, by } });
  deps.withdraw(tx, { mail: pause.held(), note: `the ${by} ended ${pause.noun}`, by });
}
