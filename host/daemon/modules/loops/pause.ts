import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import { type Chosen, setThreadState } from '../mail/queries.ts';
import { findQuestion } from '../questions/queries.ts';
import type { Tx } from '../../core/writer.ts';
import { endQuestion } from '../questions/end-question.ts';
import type { MailContext } from '../mail/mail-context.ts';

/**
 * What holds mail back until the operator says so, whether two agents went to and fro too much (damp.ts) or a chain went
 * too far (damp-chain.ts):
 *
 *   the message that goes too far ──► held, its thread paused, the operator asked ──go on──► thread open, held mail out
 *                                                                                 ──close──► thread closed, held mail withdrawn
 */

/** The choices of the question to the operator. */
export const GO_ON = 'go on';
export const CLOSE_IT = 'close it';

/** Held without an end, until the operator releases it: the latest time that a Date can hold (epoch ms). */
export const HELD_FOREVER = 8_640_000_000_000_000;

/** What becomes of a message that is damped. */
export type Damped = { heldUntil: number; why: string } & (
  | { kind: 'slowed' | 'held' }
  /** This message is the one that brought the pause about; to be called when it is stored. */
  | { kind: 'paused'; askOperator: (stored: { tx: Tx; deps: MailContext; thread: number; id: number }) => void }
);

/** Holds the message that went too far; once stored, it pauses its thread and asks the operator. */
export function pauseUntilAllowed(pause: {
  heldUntil: number;
  why: string;
  between: readonly string[];
  /** The rest of the question, behind why. */
  ask: (message: number) => string;
  /** Remembers the pause, in the transaction that stores the message. */
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

/** A pause as it was remembered, by the question about it or the thread that it paused. */
export type PauseKey = { question: number } | { thread: number };

export interface Pause {
  thread: number;
  question: number | null;
  /** As it is said of withdrawn mail: "the talk". */
  noun: string;
  /** Forgets the pause, and lets the counts begin anew. */
  clear: () => void;
  /** What it holds. */
  held: () => Chosen[];
  /** Lets that go; returns whose mailboxes have something new. */
  release: () => string[];
}

/**
 * What was held goes out (`go_on`) or is withdrawn (`close`), and the counts begin anew. What the operator was asked
 * about it needs no answer any more.
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
    tx.after(() => owners.forEach(deps.onQueued));
    return;
  }
  setThreadState(tx.db, thread, { state: 'closed', why: `closed by the ${by}` });
  deps.events.append(tx, 'thread.closed', { data: { thread, by } });
  deps.withdraw(tx, { mail: pause.held(), note: `the ${by} ended ${pause.noun}`, by });
}
