import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
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
} from './store/chains.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { Tx } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { type Damped, type Pause, type PauseKey, pauseUntilAllowed, HELD_FOREVER } from './pause.ts';
import { goOnFrom, judgeChain } from './policy/chain.ts';
import type { TalkRules } from './policy/talk.ts';

/**
 * A value distinct from HELD_FOREVER, so that messages held by a chain can be distinguished from those held by a pair.
 */
const CHAIN_HELD = HELD_FOREVER - 1;
const OUTSIDE: ChainPlace = { hops: 0, idleHops: 0, chain: null };

/** The place in a chain of an agent's present action: a message, reminder or schedule that it creates. */
export function placeOfAgent(
  db: Db,
  agent: { lastTurn: number | null; at: number; workedAt: number },
  rules: Pick<TalkRules, 'quietMs'>,
): ChainPlace {
  const before = agent.lastTurn === null ? null : furthestInTurn(db, agent.lastTurn);
  return before === null ? OUTSIDE : follow(before, agent, rules);
}

function follow(
  before: ChainLink,
  now: { at: number; workedAt: number },
  rules: Pick<TalkRules, 'quietMs'>,
): ChainPlace {
  const { hops, idleHops } = goOnFrom(before, now, rules);
  const place: ChainPlace = { hops, idleHops, chain: before.chain ?? before.id };
  if (before.isPaused !== undefined) place.isPaused = before.isPaused;
  return place;
}

/**
 * The place of a message in a chain: the operator's messages begin one, a notice of the hive continues the
 * chain of its subject.
 */
export function placeOfMessage(
  db: Db,
  message: { sender: string; at: number; about: number | null; workedAt: number; lastTurn: number | null },
  rules: Pick<TalkRules, 'quietMs'>,
): ChainPlace {
  const { sender, at, about, workedAt, lastTurn } = message;
  if (sender === OPERATOR) return OUTSIDE;
  if (sender !== SYSTEM) return placeOfAgent(db, { lastTurn, at, workedAt }, rules);
  const before = about === null ? null : linkOf(db, about);
  return before === null ? OUTSIDE : follow(before, { at, workedAt: 0 }, rules);
}

/** Delays and then holds further messages of a chain that grew too long; null lets the message go at once. */
export function dampChain(
  tx: Tx,
  deps: MailContext,
  mail: { sender: string; place: ChainPlace; at: number; recipients: readonly string[] },
): Damped | null {
  const { sender, place, at, recipients } = mail;
  const { chain } = place;
  if (chain === null || sender === OPERATOR || recipients.every((name) => name === OPERATOR)) return null;
  if (place.isPaused ?? isChainPaused(tx.db, chain))
    return {
      kind: 'held',
      heldUntil: CHAIN_HELD,
      why: 'this chain of messages is paused until the operator resumes it',
    };
  const verdict = judgeChain(place, deps.rules.talk);
  if (verdict.kind === 'go') return null;
  if (verdict.kind === 'slow') return { kind: 'slowed', heldUntil: at + verdict.delayMs, why: verdict.why };
  const { why } = verdict;
  return pauseUntilAllowed({
    heldUntil: CHAIN_HELD,
    why,
    between: [...new Set([sender, ...recipients])].sort(),
    ask: (id) =>
      `It began with message #${chain}; the last one is #${id} from ${sender}. Until you answer, what follows from it is held back. May it go on?`,
    save: (inner, about) => insertPausedChain(inner.db, { chain, ...about }),
  });
}

/** Finds the paused chain by the question to the operator about it, or by its thread. */
export function findPausedChain(tx: Tx, of: PauseKey): Pause | null {
  const row = pausedChainAbout(tx.db, of);
  if (row === null) return null;
  const { chain, thread, question } = row;
  const held = { chain, heldUntil: CHAIN_HELD };
  return {
    thread,
    question,
    noun: 'the chain',
    clear: () => endPausedChain(tx.db, chain),
    held: () => heldInChain(tx.db, held),
    release: () => releaseHeldInChain(tx.db, held),
  };
}
