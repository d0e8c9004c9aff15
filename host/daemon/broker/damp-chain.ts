import { OPERATOR, SYSTEM } from '../../../protocol/names.ts';
import {
  type ChainLink,
  type ChainPlace,
  endPausedChain,
  furthestInTurn,
  heldInChain,
  insertPausedChain,
  isChainPaused,
  linkOf,
  pausedChainAbout,
  releaseHeldInChain,
} from '../store/chains.ts';
import type { Db } from '../../../store/open-store.ts';
import { findQuestion } from '../store/questions.ts';
import { setThreadState } from '../store/threads.ts';
import type { Tx } from '../store/writer.ts';
import { CLOSE_IT, type Damped, GO_ON, UNTIL_ALLOWED } from './damp.ts';
import { endQuestion } from './end-question.ts';
import type { PostDeps } from './mail-deps.ts';
import { goOnFrom, judgeChain } from './policy/chain.ts';
import type { TalkRules } from './policy/talk.ts';
import { withdrawMail } from './withdraw-mail.ts';

/** A moment of its own, so that what a chain holds is told from what the talk of two holds. */
const CHAIN_HELD = UNTIL_ALLOWED - 1;
const OUTSIDE: ChainPlace = { hops: 0, idleHops: 0, chain: null };

/** Where what an agent does now stands: a message, a reminder or a schedule that it sets. */
export function placeOfAgent(
  db: Db,
  agent: { name: string; at: number; workedAt: number },
  rules: Pick<TalkRules, 'quietMs'>,
): ChainPlace {
  const before = furthestInTurn(db, agent.name);
  return before === null ? OUTSIDE : follow(before, agent, rules);
}

function follow(
  before: ChainLink,
  now: { at: number; workedAt: number },
  rules: Pick<TalkRules, 'quietMs'>,
): ChainPlace {
  return { ...goOnFrom(before, now, rules), chain: before.chain ?? before.id };
}

/** Where a message stands: the operator's begins a chain, a notice of the hive goes on with what it is about. */
export function placeOfMessage(
  db: Db,
  message: { sender: string; at: number; about: number | null; workedAt: number },
  rules: Pick<TalkRules, 'quietMs'>,
): ChainPlace {
  const { sender, at, about, workedAt } = message;
  if (sender === OPERATOR) return OUTSIDE;
  if (sender !== SYSTEM) return placeOfAgent(db, { name: sender, at, workedAt }, rules);
  const before = about === null ? null : linkOf(db, about);
  return before === null ? OUTSIDE : follow(before, { at, workedAt: 0 }, rules);
}

/** Slows and then holds what follows in a chain that goes on for too long; null lets it go at once. */
export function dampChain(
  tx: Tx,
  deps: PostDeps,
  mail: { sender: string; place: ChainPlace; at: number; recipients: readonly string[] },
): Damped | null {
  const { sender, place, at, recipients } = mail;
  const { chain } = place;
  if (chain === null || sender === OPERATOR || recipients.every((name) => name === OPERATOR)) return null;
  if (isChainPaused(tx.db, chain))
    return {
      kind: 'held',
      heldUntil: CHAIN_HELD,
      why: 'this chain of messages is paused until the operator lets it go on',
    };
  const verdict = judgeChain(place, deps.rules.talk);
  if (verdict.kind === 'go') return null;
  if (verdict.kind === 'slow') return { kind: 'slowed', heldUntil: at + verdict.delayMs, why: verdict.why };
  const { why } = verdict;
  return {
    kind: 'paused',
    heldUntil: CHAIN_HELD,
    why,
    askOperator: ({ thread, id }) => {
      setThreadState(tx.db, thread, { state: 'paused', why });
      const question = deps.post(tx, deps, {
        sender: SYSTEM,
        kind: 'question',
        to: OPERATOR,
        in_reply_to: id,
        choices: [GO_ON, CLOSE_IT],
        body: `${why}. It began with message #${chain}; the last one is #${id} from ${sender}. Until you answer, what follows from it is held back. May it go on?`,
      });
      insertPausedChain(tx.db, { chain, thread, question: question.id });
      const between = [...new Set([sender, ...recipients])].sort();
      deps.events.append(tx, 'thread.paused', { data: { thread, between, why, question: question.id } });
    },
  };
}

/** Ends the pause of a chain as `endPause` ends that of a talk. False when no chain is paused there. */
export function endChainPause(
  tx: Tx,
  deps: PostDeps,
  end: { of: { question: number } | { thread: number }; how: 'go_on' | 'close'; by: string },
): boolean {
  const row = pausedChainAbout(tx.db, end.of);
  if (row === null) return false;
  const { chain, thread, question } = row;
  const held = { chain, heldUntil: CHAIN_HELD };
  if (findQuestion(tx.db, question)?.state === 'open')
    endQuestion(tx, deps, { id: question, state: 'withdrawn', answer: null });
  endPausedChain(tx.db, chain);
  if (end.how === 'go_on') {
    const owners = releaseHeldInChain(tx.db, held);
    setThreadState(tx.db, thread, { state: 'open', why: null });
    deps.events.append(tx, 'thread.opened', { data: { thread, by: end.by } });
    tx.after(() => owners.forEach(deps.onQueued));
    return true;
  }
  setThreadState(tx.db, thread, { state: 'closed', why: `closed by the ${end.by}` });
  deps.events.append(tx, 'thread.closed', { data: { thread, by: end.by } });
  withdrawMail(tx, deps, { mail: heldInChain(tx.db, held), note: `the ${end.by} ended the chain`, by: end.by });
  return true;
}
