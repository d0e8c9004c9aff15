import { HiveError } from '../../../protocol/errors.ts';
import { type AgentName, OPERATOR, SYSTEM } from '../../../protocol/names.ts';
import type { FinishInput, TurnOffer, TurnOutcome } from '../../../protocol/schemas/harness.ts';
import type { Delivered } from '../../../protocol/schemas/message.ts';
import type { EventLog } from '../events/event-log.ts';
import { setNotBefore, setSession, takeFence } from '../store/agents.ts';
import { completeLeased, countMail, leasedTo, leaseDelivery, releaseLeased, waitingFor } from '../store/deliveries.ts';
import { findMessage } from '../store/messages.ts';
import { endTurn, findTurn, insertTurn, messagesOfTurn, openTurnOf, type TurnRow } from '../store/turns.ts';
import type { Tx } from '../store/writer.ts';
import { decideTurnEnd, fitTurn } from './policy.ts';
import { type PostDeps, postMessage } from './post.ts';

/**
 * A turn in the store:
 *
 *   (nothing) ──offerTurn──► open ──finishTurn / loseTurn──► ended (outcome)
 *
 * There is at most one open turn for each agent (a unique index says so). Its fence is larger than
 * every earlier one's; whoever comes with another is late.
 */
export interface TurnDeps extends PostDeps {
  events: EventLog;
  leaseMs: number;
  maxFailures: number;
  maxMessages: number;
  maxBytes: number;
  /** Who answers for the model; the CLI puts a price even on the scripted one. */
  provider: () => string;
}

/** The agent's open turn, or a new one about what waits; null when nothing waits. */
export function offerTurn(
  tx: Tx,
  deps: TurnDeps,
  agent: { name: AgentName; bootId: string; generation: number },
): TurnOffer | null {
  const open = openTurnOf(tx.db, agent.name);
  if (open !== null) return describeOffer(tx, open);
  const waiting = waitingFor(tx.db, agent.name, deps.maxMessages);
  if (waiting.length === 0) return null;
  const at = deps.clock();
  const fence = takeFence(tx.db, agent.name);
  const id = insertTurn(tx.db, {
    agent: agent.name,
    generation: agent.generation,
    bootId: agent.bootId,
    fence,
    at,
    leaseUntil: at + deps.leaseMs,
  });
  const taken = waiting.slice(
    0,
    fitTurn(
      waiting.map((one) => one.bytes),
      deps,
    ),
  );
  for (const one of taken) leaseDelivery(tx.db, one.delivery, { turn: id, at });
  deps.events.append(tx, 'turn.started', {
    agent: agent.name,
    data: {
      turn: id,
      messages: taken.map((one) => one.messageId),
      redelivered: taken.filter((one) => one.attempts > 0).map((one) => one.messageId),
    },
  });
  return { turn: id, fence, deliveries: leasedTo(tx.db, id), waiting: countMail(tx.db, agent.name).queued };
}

function describeOffer(tx: Tx, open: TurnRow): TurnOffer | null {
  const deliveries = leasedTo(tx.db, open.id);
  if (deliveries.length === 0) return null;
  return { turn: open.id, fence: open.fence, deliveries, waiting: countMail(tx.db, open.agent).queued };
}

/** Leases what waits to the turn that runs. Throws `wrong_state` when none does. */
export function leaseMore(
  tx: Tx,
  deps: TurnDeps,
  ask: { agent: AgentName; limit: number },
): { messages: Delivered[]; waiting: number } {
  const { agent, limit } = ask;
  const open = openTurnOf(tx.db, agent);
  if (open === null)
    throw new HiveError(
      'wrong_state',
      'No turn is running. Messages wake you by themselves; there is nothing to fetch.',
    );
  const waiting = waitingFor(tx.db, agent, limit);
  const taken = waiting.slice(
    0,
    fitTurn(
      waiting.map((one) => one.bytes),
      { maxMessages: limit, maxBytes: deps.maxBytes },
    ),
  );
  const ids = new Set(taken.map((one) => one.delivery));
  for (const one of taken) leaseDelivery(tx.db, one.delivery, { turn: open.id, at: deps.clock() });
  return {
    messages: leasedTo(tx.db, open.id).filter((delivery) => ids.has(delivery.delivery)),
    waiting: countMail(tx.db, agent).queued,
  };
}

/**
 * Ends a turn as its harness tells. Repeating the same end changes nothing. Throws `stale_fence` when the
 * turn was ended otherwise in the meantime: its deliveries belong to another turn by then.
 */
export function finishTurn(tx: Tx, deps: TurnDeps, told: { agent: AgentName; finish: FinishInput }): void {
  const { agent, finish } = told;
  const turn = findTurn(tx.db, finish.turn);
  if (turn === null || turn.agent !== agent || turn.fence !== finish.fence || turn.bootId !== finish.bootId)
    throw new HiveError('stale_fence');
  if (turn.endedAt !== null) {
    if (turn.outcome === finish.outcome) return;
    throw new HiveError('stale_fence', `Turn ${turn.id} ended already: ${turn.outcome ?? 'unknown'}.`);
  }
  const { outcome, reason, text, durationMs, toolCalls, usage } = finish;
  // Null says that there is none to continue: a fresh conversation begins with the next turn.
  setSession(tx.db, agent, finish.sessionId);
  setNotBefore(tx.db, agent, outcome === 'done' ? null : finish.notBefore);
  const paid = deps.provider() === 'demo' ? { ...usage, costUsd: 0 } : usage;
  closeTurn(tx, deps, { turn, outcome, reason, text, durationMs, toolCalls, usage: paid });
}

/** Ends a turn whose harness is gone: another boot, a lease that ran out, a box that was taken away. */
export function loseTurn(tx: Tx, deps: TurnDeps, why: { turn: TurnRow; reason: string; blameless: boolean }): void {
  closeTurn(tx, deps, {
    turn: why.turn,
    outcome: why.blameless ? 'interrupted' : 'lost',
    reason: why.reason,
    text: '',
    durationMs: null,
    toolCalls: 0,
    usage: null,
  });
}

type TurnEndFacts = Omit<Parameters<typeof endTurn>[2], 'at'> & { turn: TurnRow; outcome: TurnOutcome | 'lost' };

function closeTurn(tx: Tx, deps: TurnDeps, facts: TurnEndFacts): void {
  const { turn, ...end } = facts;
  const at = deps.clock();
  const agent = turn.agent as AgentName;
  const messages = messagesOfTurn(tx.db, turn.id);
  const decision = decideTurnEnd(end.outcome);
  endTurn(tx.db, turn.id, { at, ...end });
  deps.events.append(tx, 'turn.finished', {
    agent,
    data: {
      turn: turn.id,
      outcome: end.outcome,
      reason: end.reason,
      text: end.text,
      durationMs: end.durationMs ?? at - turn.startedAt,
      toolCalls: end.toolCalls,
      usage: end.usage ?? { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 },
      messages,
    },
  });
  if (decision.deliveries === 'done') {
    completeLeased(tx.db, turn.id, at);
    tx.after(() => deps.onQueued(agent));
    return;
  }
  const reason = end.reason ?? end.outcome;
  const released = releaseLeased(tx.db, turn.id, {
    counts: decision.counts,
    maxFailures: deps.maxFailures,
    reason,
    at,
  });
  const back = released.filter((one) => one.state === 'queued').map((one) => one.messageId);
  const dead = released.filter((one) => one.state === 'dead');
  if (back.length > 0)
    deps.events.append(tx, 'delivery.released', { agent, data: { turn: turn.id, messages: back, reason } });
  if (dead.length > 0) announceDead(tx, deps, { agent, dead, reason });
  tx.after(() => deps.onQueued(agent));
}

/** Tells the operator and each sender, once, which messages were given up. */
export function announceDead(
  tx: Tx,
  deps: PostDeps,
  facts: { agent: string; dead: readonly { messageId: number; attempts: number }[]; reason: string },
): void {
  const { agent, dead, reason } = facts;
  deps.events.append(tx, 'delivery.dead', {
    agent,
    data: {
      messages: dead.map((one) => one.messageId),
      attempts: Math.max(...dead.map((one) => one.attempts)),
      reason,
    },
  });
  for (const one of dead) {
    const message = findMessage(tx.db, one.messageId);
    // A notice about a notice would go round for ever; the event above is there all the same.
    if (message === null || message.kind === 'system') continue;
    const told = new Set([OPERATOR, message.from]);
    for (const to of told) {
      if (to === SYSTEM || to === agent) continue;
      const body = `Message #${message.id} from ${message.from} to ${agent} was given up after ${one.attempts} tries: ${reason}. It is kept as dead.`;
      try {
        postMessage(tx, deps, { sender: SYSTEM, kind: 'system', to, body, in_reply_to: message.id });
      } catch (error) {
        // The sender may have been destroyed since.
        if (!(error instanceof HiveError && error.code === 'unknown_agent')) throw error;
      }
    }
  }
}
