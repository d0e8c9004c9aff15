import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { UsageTotals } from '../../../../protocol/schemas/agent.ts';
import type { FinishInput, TurnOffer, TurnOutcome } from '../../../../protocol/schemas/harness.ts';
import type { Delivered } from '../../../../protocol/schemas/message.ts';
import { markWorked, sessionOf, setNotBefore, setSession, takeFence } from '../agents/queries.ts';
import {
  completeLeased,
  isWaiting,
  joinedSoFar,
  leasedTo,
  leaseDelivery,
  type Reach,
  releaseLeased,
  type Waiting,
  waitingFor,
  mailboxFill,
} from '../mail/queries.ts';
import { countedUsage, NOTHING_USED } from '../providers/queries.ts';
import type { SessionDeps } from '../sessions/plan-session.ts';
import { endTurnStats, insertTurnStats, planOfTurn } from '../stats/queries.ts';
import { beginSession, learnSession, sayLost } from './turn-session.ts';
import {
  countBrokenInRow,
  endTurn,
  findTurn,
  insertTurn,
  lastTurnBroke,
  messagesOfTurn,
  openTurnOf,
  type TurnRow,
} from './store/turns.ts';
import type { Tx } from '../../core/writer.ts';
import { sayOutcome, sayOutcomeWithReason } from '../mail/policy/foreign-words.ts';
import { chooseMail, decideTurnEnd, fitTurn } from './policy/turn.ts';
import type { MailContext } from '../mail/mail-context.ts';

/**
 * A turn in the store:
 *
 *   (nothing) ──offerTurn──► open ──finishTurn / loseTurn──► ended (outcome)
 *
 * A unique index allows at most one open turn per agent. Each turn's fence is larger than every earlier
 * one's; a caller with another fence is late.
 */
export interface TurnDeps extends MailContext, TurnLimits {
  /** Corrects the CLI's own count of an agent's turn by the provider's accounting. */
  correctUsage: (agent: AgentName, usage: UsageTotals) => UsageTotals;
  /** The date of a time in the hive's time zone. */
  dayOf: (at: number) => string;
  /** How conversations are chosen. */
  sessions: SessionDeps;
}

export interface TurnLimits {
  leaseMs: number;
  /** Failed turns after which a message is dead. */
  maxFailures: number;
  /** Maximum messages and bytes of one turn. */
  maxMessages: number;
  maxBytes: number;
}

/** The agent whose turn begins, and when its harness was woken for it (epoch ms). */
export interface Roused {
  name: AgentName;
  bootId: string;
  generation: number;
  wokenAt: number;
  /** Which mail may begin a turn; do-not-disturb lets only critical mail through. */
  reach: Reach;
  /** Its harness uses the conversation of the offer. */
  knowsSessions: boolean;
}

/** Returns the agent's open turn, or a new one about its waiting mail; null when no mail waits that starts one. */
export function offerTurn(tx: Tx, deps: TurnDeps, agent: Roused): TurnOffer | null {
  const open = openTurnOf(tx.db, agent.name);
  if (open !== null) return describeOffer(tx, open, agent);
  const at = deps.clock();
  const want = { now: at, reach: agent.reach, limit: deps.maxMessages };
  if (!isWaiting(tx.db, agent.name, want)) return null;
  const waiting = waitingFor(tx.db, agent.name, want);
  const chosen = chooseMail(waiting, { lastBroke: lastTurnBroke(tx.db, agent.name) });
  const fence = takeFence(tx.db, agent.name);
  const id = insertTurn(tx.db, {
    agent: agent.name,
    generation: agent.generation,
    bootId: agent.bootId,
    fence,
    at,
    leaseUntil: at + deps.leaseMs,
  });
  const taken = takeWhatFits(tx, chosen, { turn: id, at, wokenAt: agent.wokenAt, joined: false, limits: deps });
  const deliveries = leasedTo(tx.db, id);
  // A notice that rode along kept nobody waiting.
  const riding = new Set(taken.filter(({ wakes }) => wakes === 0).map(({ delivery }) => delivery));
  const isWanted = ({ delivery }: Delivered) => !riding.has(delivery);
  const plan = beginSession(tx, deps, { agent: agent.name, at, mayChoose: agent.knowsSessions });
  insertTurnStats(tx.db, {
    turn: id,
    agent: agent.name,
    driver: plan.driver,
    day: deps.dayOf(at),
    at,
    waitedMs: Math.max(0, at - Math.min(at, ...deliveries.filter(isWanted).map((one) => one.at))),
    messages: deliveries.length,
    plan: plan.session,
  });
  deps.events.append(tx, 'turn.started', {
    agent: agent.name,
    data: {
      turn: id,
      messages: taken.map((one) => one.messageId),
      redelivered: taken.filter((one) => one.attempts > 0).map((one) => one.messageId),
      session: { choice: plan.session.choice, reason: plan.session.reason },
    },
  });
  const offer = { turn: id, fence, deliveries, waiting: mailboxFill(tx.db, agent.name).queued };
  return agent.knowsSessions ? { ...offer, session: plan.session } : offer;
}

function takeWhatFits(
  tx: Tx,
  waiting: readonly Waiting[],
  lease: {
    turn: number;
    at: number;
    wokenAt: number;
    joined: boolean;
    limits: { maxMessages: number; maxBytes: number };
  },
): Waiting[] {
  const sizes = waiting.map((one) => one.bytes);
  const taken = waiting.slice(0, fitTurn(sizes, lease.limits));
  for (const one of taken) leaseDelivery(tx.db, one.delivery, lease);
  return taken;
}

function describeOffer(tx: Tx, open: TurnRow, agent: Pick<Roused, 'knowsSessions'>): TurnOffer | null {
  const deliveries = leasedTo(tx.db, open.id);
  if (deliveries.length === 0) return null;
  const session = agent.knowsSessions ? planOfTurn(tx.db, open.id) : null;
  const waiting = mailboxFill(tx.db, open.agent).queued;
  return { turn: open.id, fence: open.fence, deliveries, waiting, ...(session === null ? {} : { session }) };
}

/** Leases waiting mail to the running turn. Throws `wrong_state` when none is running. */
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
  const at = deps.clock();
  const waiting = waitingFor(tx.db, agent, { now: at, reach: 'all', limit });
  const limits = { maxMessages: limit, maxBytes: deps.maxBytes };
  const taken = takeWhatFits(tx, waiting, { turn: open.id, at, wokenAt: at, joined: false, limits });
  const ids = new Set(taken.map((one) => one.delivery));
  return {
    messages: leasedTo(tx.db, open.id).filter((delivery) => ids.has(delivery.delivery)),
    waiting: mailboxFill(tx.db, agent).queued,
  };
}

/**
 * Leases urgent mail to the running turn, and returns all mail that joined it and that its harness has not
 * received yet. Mail that joins a turn has the same size limit as mail that begins one. Throws `stale_fence`
 * when the turn is over or another agent's.
 */
export function joinTurn(
  tx: Tx,
  deps: TurnDeps,
  ask: { turn: TurnRow; wokenAt: number; reach: Reach; known: readonly number[] },
): Delivered[] {
  const { turn, wokenAt, reach, known } = ask;
  const at = deps.clock();
  // Unbounded urgent mail would keep the turn alive until its time-out, and all of it would be lost then.
  const joined = joinedSoFar(tx.db, turn.id);
  const room = { maxMessages: deps.maxMessages - joined.messages, maxBytes: deps.maxBytes - joined.bytes };
  const waiting =
    room.maxMessages <= 0 || room.maxBytes <= 0
      ? []
      : waitingFor(tx.db, turn.agent, { now: at, reach, limit: room.maxMessages });
  const taken = takeWhatFits(tx, waiting, { turn: turn.id, at, wokenAt, joined: true, limits: room });
  if (taken.length > 0)
    deps.events.append(tx, 'delivery.joined', {
      agent: turn.agent as AgentName,
      data: { turn: turn.id, messages: taken.map((one) => one.messageId) },
    });
  return leasedTo(tx.db, turn.id, 'joined').filter((delivery) => !known.includes(delivery.delivery));
}

/** A turn as its harness names it. */
interface NamedTurn {
  turn: number;
  fence: number;
  bootId: string;
}

/** Finds the turn that a harness names, open or over. Throws `stale_fence` when it is another agent's. */
function findNamed(tx: Pick<Tx, 'db'>, agent: AgentName, named: NamedTurn): TurnRow {
  const turn = findTurn(tx.db, named.turn);
  if (turn === null || turn.agent !== agent || turn.fence !== named.fence || turn.bootId !== named.bootId)
    throw new HiveError('stale_fence');
  return turn;
}

function endedAlready(turn: TurnRow): HiveError {
  return new HiveError('stale_fence', `Turn ${turn.id} ended already: ${turn.outcome ?? 'unknown'}.`);
}

/** Finds the open turn that a harness names. Throws `stale_fence` when it is over or another agent's. */
export function requireTurn(tx: Pick<Tx, 'db'>, agent: AgentName, named: NamedTurn): TurnRow {
  const turn = findNamed(tx, agent, named);
  if (turn.endedAt !== null) throw endedAlready(turn);
  return turn;
}

/**
 * Ends a turn as its harness reports; false when it had ended so before. Idempotent for the same end. Throws `stale_fence` when the turn ended
 * otherwise in the meantime: its deliveries belong to another turn by then.
 */
export function finishTurn(tx: Tx, deps: TurnDeps, told: { agent: AgentName; finish: FinishInput }): boolean {
  const { agent, finish } = told;
  const turn = findNamed(tx, agent, finish);
  if (turn.endedAt !== null) {
    if (turn.outcome === finish.outcome) return false;
    throw endedAlready(turn);
  }
  const { outcome, reason, text, durationMs, toolCalls, workCalls, usage, answered, cause = null } = finish;
  const { toolsMs, contextTokens, windowTokens, sessionId } = finish;
  const before = sessionOf(tx.db, agent);
  const plan = planOfTurn(tx.db, turn.id);
  // Null means no session to continue: the next turn begins a fresh one.
  setSession(tx.db, agent, finish.sessionId);
  setNotBefore(tx.db, agent, outcome === 'done' ? null : finish.notBefore);
  if (workCalls > 0) markWorked(tx.db, agent, deps.clock());
  closeTurn(tx, deps, {
    turn,
    outcome,
    reason,
    text,
    durationMs,
    toolCalls,
    workCalls,
    usage: deps.correctUsage(agent, usage),
    answered,
    measured: { toolsMs, contextTokens, windowTokens, sessionId },
    cause,
    wasFresh: before === null,
    why: { said: sayOutcome(outcome), noted: sayOutcomeWithReason(agent, outcome, reason) },
  });
  learnSession(tx, { agent, finish, plan, at: deps.clock() });
  const isCopied = plan?.choice === 'fork' && finish.sessionId !== null;
  if (before !== null && before !== finish.sessionId && !isCopied)
    deps.events.append(tx, 'conversation.dropped', {
      agent,
      data: { turn: turn.id, session: before, outcome, reason: reason ?? sayLost(finish.sessionLost) },
    });
  return true;
}

/**
 * Ends a turn whose harness is gone: replaced by another boot, its lease expired, or its box was taken away.
 */
export function loseTurn(
  tx: Tx,
  deps: TurnDeps,
  why: { turn: TurnRow; reason: string; outcome: 'lost' | 'interrupted' | 'starved' },
): void {
  closeTurn(tx, deps, {
    turn: why.turn,
    outcome: why.outcome,
    reason: why.reason,
    text: '',
    durationMs: null,
    toolCalls: 0,
    workCalls: 0,
    usage: null,
    answered: false,
    measured: { toolsMs: null, contextTokens: null, windowTokens: null, sessionId: null },
    cause: null,
    wasFresh: false,
    why: { said: why.reason, noted: why.reason },
  });
}

type TurnEndFacts = Omit<Parameters<typeof endTurn>[2], 'at'> & {
  turn: TurnRow;
  outcome: TurnOutcome | 'lost';
  /** Whether the model answered in the turn. */
  answered: boolean;
  /** What only its harness can tell, for the statistics. */
  measured: Pick<FinishInput, 'toolsMs' | 'contextTokens' | 'windowTokens' | 'sessionId'>;
  /** The cause that the harness names; null when it names none. */
  cause: string | null;
  /** Whether the turn began a fresh conversation. */
  wasFresh: boolean;
  /**
   * The reason in the hive's own text, for notices and events (`said`); and for receipts, with the box's
   * reason quoted (`noted`).
   */
  why: { said: string; noted: string };
};

function closeTurn(tx: Tx, deps: TurnDeps, facts: TurnEndFacts): void {
  const { turn, why, answered, cause, wasFresh, measured, ...end } = facts;
  const at = deps.clock();
  const agent = turn.agent as AgentName;
  const messages = messagesOfTurn(tx.db, turn.id);
  const decision = decideTurnEnd(end.outcome, { cause, wasFresh, messages: messages.length });
  endTurn(tx.db, turn.id, { at, ...end });
  const { outcome, durationMs, toolCalls, usage } = end;
  endTurnStats(tx.db, { turn: turn.id, at, outcome, durationMs, toolCalls, usage, ...measured });
  // The gateway's count is authoritative; the CLI's count is used only without one.
  const counted = countedUsage(tx.db, turn.id);
  deps.events.append(tx, 'turn.finished', {
    agent,
    data: {
      turn: turn.id,
      outcome: end.outcome,
      reason: end.reason,
      text: end.text,
      durationMs: end.durationMs ?? at - turn.startedAt,
      toolCalls: end.toolCalls,
      usage: counted ?? { ...(end.usage ?? NOTHING_USED), unpricedCalls: end.usage?.costUsd === null ? 1 : 0 },
      counted: counted === null ? 'cli' : 'gateway',
      messages,
    },
  });
  if (decision.deliveries === 'done') {
    completeLeased(tx.db, turn.id, at);
    deps.onQueued(tx, [agent]);
    return;
  }
  const released = releaseLeased(tx.db, turn.id, {
    counts: decision.counts,
    answered,
    maxFailures: Math.min(deps.maxFailures, decision.maxFailures ?? deps.maxFailures),
    reason: decision.why === undefined ? why.noted : `${decision.why}; ${why.noted}`,
    at,
  });
  const back = released.filter((one) => one.state === 'queued').map((one) => one.messageId);
  const dead = released.filter((one) => one.state === 'dead');
  if (back.length > 0)
    deps.events.append(tx, 'delivery.released', { agent, data: { turn: turn.id, messages: back, reason: why.said } });
  if (dead.length > 0) deps.announceDead(tx, { agent, dead, reason: decision.why ?? why.said });
  if (back.length > 0) announceStuck(tx, deps, { agent, reason: why.said, about: Math.min(...back) });
  deps.onQueued(tx, [agent]);
}

/**
 * Notifies the operator, once per run of failures, that an agent's turns fail without any message being given
 * up: the CLI or the box is at fault, and mail waits for as long as that lasts. The threshold is above the
 * number of failures after which a message at fault is dead.
 */
function announceStuck(tx: Tx, deps: TurnDeps, facts: { agent: string; reason: string; about: number }): void {
  const { agent, reason, about } = facts;
  const row = deps.maxFailures + 1;
  if (countBrokenInRow(tx.db, agent, row + 1) !== row) return;
  const body = `${agent} has not finished a turn ${row} times in a row; of the last one: ${reason}. Its mail is kept and tried again with pauses of some minutes. The reason as its box tells it: hivectl ps ${agent}`;
  deps.post(tx, { sender: SYSTEM, kind: 'system', to: OPERATOR, body, in_reply_to: about });
}
