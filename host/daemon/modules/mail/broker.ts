import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import type { OpOutput, OpParsed } from '../../../../protocol/op.ts';
import type { agentSurface } from '../../../../protocol/operations/agent.ts';
import type { SendInput, SendOutput, ThreadView, TopicView } from '../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import { type BootFacts, bootFacts, findAgent, setBoot, setNotBefore, setQuietUntil } from '../agents/store/agents.ts';
import { isWaiting, leasedTo, markRead, type Reach } from './store/deliveries.ts';
import { askInterrupt, findTurn, openTurnOf, renewAllTurns, renewTurn } from '../turns/store/turns.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { resolveAttachments } from '../files/attach.ts';
import { CHOICE_STEP, type Choice, dropChosen, dropLeased, requeueChosen } from './dead-letters.ts';
import { createGate } from './gate.ts';
import type { HarnessSights } from '../turns/harness-status.ts';
import { mayOffer } from '../turns/policy/turn.ts';
import type { MailRules, PostDeps, PostedMessage } from './mail-deps.ts';
import { declaredPriority, postMessage } from './post.ts';
import { findWaiting, sayIdle, type TroubleOf } from './say-waiting.ts';
import { createSpoolBudget } from '../turns/spool-budget.ts';
import { storeSpool } from '../turns/spool.ts';
import { changeThread } from './threads.ts';
import { changeSubscription, changeTopic } from '../topics/topics.ts';
import { finishTurn, joinTurn, leaseMore, loseTurn, offerTurn, requireTurn, type TurnDeps } from '../turns/turns.ts';
import { createWaiters } from '../turns/waiters.ts';

type AgentOps = typeof agentSurface;
type In<K extends keyof AgentOps> = OpParsed<AgentOps[K]>;
type Out<K extends keyof AgentOps> = OpOutput<AgentOps[K]>;

export interface BrokerDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  sights: HarnessSights;
  /** Who answers for the model right now. */
  provider: () => string;
  /** What the disk still allows. */
  disk?: { mayBegin(): boolean; refuse(): void };
  troubleOf?: TroubleOf;
}

export interface BrokerLimits {
  leaseMs: number;
  maxFailures: number;
  maxMessages: number;
  maxBytes: number;
  warmIdleMs: number;
  rules: MailRules;
  /** How fast one agent may write. */
  sendRate: { burst: number; perMinute: number };
}

/** What is sent, its kind left out when it is a note. */
export type Words = Omit<SendInput, 'kind'> & Partial<Pick<SendInput, 'kind'>>;

/** Carries messages: accepts them, leases them to turns, and knows where each one is. */
export type Broker = ReturnType<typeof createBroker>;

export function createBroker(deps: BrokerDeps, limits: BrokerLimits) {
  const { db, writer, events, clock, sights, provider, troubleOf = () => null } = deps;
  const waiters = createWaiters();
  const post: PostDeps = { events, clock, rules: limits.rules, post: postMessage, onQueued: waiters.notify };
  const turns: TurnDeps = { ...post, ...limits, provider };
  const spoolDeps = { events, clock, budget: createSpoolBudget(clock) };
  const gate = createGate({ events, clock }, limits.sendRate);
  /** Harnesses that could not renew their leases through no fault of theirs get whole ones again. */
  let renewalOwed = false;
  /** Each agent's last question about urgent mail: an earlier one may be one that its harness gave up. */
  const hearing = new Map<AgentName, object>();

  /** Accepts a message; answers after the commit, with the recipients that will not read it now. */
  async function send(sender: AgentName | typeof OPERATOR, input: Words): Promise<SendOutput> {
    deps.disk?.refuse();
    if (sender !== OPERATOR) gate.admit(sender);
    const message = readSend(sender, input, clock());
    try {
      const sent = await writer.write((tx) => {
        if (input.attachments !== undefined)
          message.attachments = resolveAttachments(tx, { sender, attachments: input.attachments, now: clock() });
        return postMessage(tx, post, message);
      });
      if (!sent.duplicate && sent.recipients.length > 1) gate.charge(sender, sent.recipients.length);
      if (sent.duplicate) return sent;
      const critical = declaredPriority(message) === 'critical';
      const waiting = findWaiting(db, sent.recipients, { critical, now: clock(), troubleOf });
      return waiting.length === 0 ? sent : { ...sent, waiting };
    } catch (error) {
      gate.sayFull(error, sender);
      throw error;
    }
  }

  /** A harness starts: turns of its older boots are over, what they held goes back at once. */
  async function hello(name: AgentName, input: In<'hello'>): Promise<Out<'hello'>> {
    await writer.writeVital((tx) => {
      if (bootFacts(tx.db, name) === null) throw new HiveError('unknown_agent', 'This agent was destroyed.');
      const open = openTurnOf(tx.db, name);
      const older = open !== null && open.bootId !== input.bootId ? open : null;
      if (older !== null)
        loseTurn(tx, turns, {
          turn: older,
          reason: 'the harness was started anew while the turn ran',
          outcome: older.generation === input.generation ? 'lost' : 'interrupted',
        });
      setBoot(tx.db, name, { bootId: input.bootId, generation: input.generation, at: clock() });
      events.append(tx, 'harness.hello', {
        agent: name,
        data: { generation: input.generation, boot: input.bootId, released: older === null ? 0 : 1 },
      });
    });
    sights.seen(name, { status: { state: 'idle', reason: null, until: null } });
    waiters.notify(name);
    const agent = findAgent(db, name);
    if (agent === null) throw new HiveError('unknown_agent');
    return {
      agent: name,
      parent: agent.parent,
      spec: agent.spec,
      sessionId: agent.sessionId,
      leaseMs: limits.leaseMs,
      warmIdleMs: limits.warmIdleMs,
    };
  }

  /** Long poll: the open turn, or a new one as soon as something waits; null after `waitMs`. */
  async function wake(name: AgentName, input: In<'wake'>, signal: AbortSignal): Promise<Out<'wake'>> {
    // By a clock that nobody sets: a harness must not be held longer than it asked for.
    const deadline = performance.now() + input.waitMs;
    for (;;) {
      const seen = waiters.count(name);
      sights.seen(name);
      const offered = await tryOffer(name, input.bootId);
      const leftMs = deadline - performance.now();
      if (offered.turn !== null || signal.aborted || leftMs <= 0) return { turn: offered.turn };
      const forMs = offered.at === null ? leftMs : Math.min(leftMs, offered.at - clock());
      await waiters.wait(name, { seen, forMs, signal });
      if (signal.aborted) return { turn: null };
    }
  }

  async function tryOffer(name: AgentName, bootId: string): Promise<{ turn: Out<'wake'>['turn']; at: number | null }> {
    const wokenAt = clock();
    const facts = bootFacts(db, name);
    if (facts === null) throw new HiveError('unknown_agent');
    const verdict = mayOffer(facts, { bootId, now: wokenAt });
    if (!verdict.offer) {
      if (verdict.stale) throw new HiveError('stale_boot');
      return { turn: null, at: verdict.at };
    }
    // A harness that was greeted with another spec says hello again before its next turn; one that runs goes on.
    if (facts.specUntold === 1 && openTurnOf(db, name) === null) throw new HiveError('stale_boot');
    // A turn that runs goes on; a nearly full disk lets no other begin.
    if (deps.disk?.mayBegin() === false && openTurnOf(db, name) === null) return { turn: null, at: null };
    // Looking costs no commit; only when there is something to lease is there anything to write.
    if (!isWaiting(db, name, { now: wokenAt, reach: reachOf(facts, wokenAt) }) && openTurnOf(db, name) === null)
      return { turn: null, at: quietEnd(facts, wokenAt) };
    const turn = await writer.write((tx) => {
      const fresh = bootFacts(tx.db, name);
      if (fresh === null || !mayOffer(fresh, { bootId, now: clock() }).offer) return null;
      // Changed since it was read above: the change has woken this wait, which then says so.
      if (fresh.specUntold === 1 && openTurnOf(tx.db, name) === null) return null;
      const reach = reachOf(fresh, clock());
      return offerTurn(tx, turns, { name, bootId, generation: fresh.generation, wokenAt, reach });
    });
    return { turn, at: null };
  }

  /**
   * Long poll: what is urgent enough to join the running turn, leased to it; nothing after `waitMs`. Only the last
   * question leases: a harness asks once more before its turn is done, and what another one took after that would
   * count as done though nobody saw it.
   */
  async function urgent(name: AgentName, input: In<'urgent'>, signal: AbortSignal): Promise<Out<'urgent'>> {
    const deadline = performance.now() + input.waitMs;
    const question = {};
    hearing.set(name, question);
    const isLast = () => hearing.get(name) === question;
    for (;;) {
      const seen = waiters.count(name);
      const wokenAt = clock();
      const facts = bootFacts(db, name);
      if (facts?.bootId !== input.bootId) throw new HiveError('stale_boot');
      const turn = requireTurn({ db }, name, input);
      const reach = reachOf(facts, wokenAt) === 'critical' ? 'critical' : 'urgent';
      const missed = leasedTo(db, turn.id, 'joined').some((one) => !input.known.includes(one.delivery));
      if (missed || isWaiting(db, name, { now: wokenAt, reach })) {
        const ask = { wokenAt, reach, known: input.known } as const;
        const messages = await writer.write((tx) =>
          isLast() ? joinTurn(tx, turns, { turn: requireTurn(tx, name, input), ...ask }) : [],
        );
        if (messages.length > 0) return { messages };
      }
      const leftMs = deadline - performance.now();
      if (signal.aborted || leftMs <= 0 || !isLast()) return { messages: [] };
      await waiters.wait(name, { seen, forMs: leftMs, signal });
      if (signal.aborted || !isLast()) return { messages: [] };
    }
  }

  /** Renews the running turn's lease and notes what the harness says of itself. */
  async function heartbeat(name: AgentName, input: In<'heartbeat'>): Promise<Out<'heartbeat'>> {
    const facts = bootFacts(db, name);
    if (facts === null) throw new HiveError('unknown_agent');
    if (facts.bootId !== input.bootId) throw new HiveError('stale_boot');
    sights.seen(name, { status: input.status, rssBytes: input.rssBytes, cliRssBytes: input.cliRssBytes });
    if (input.turn === null) return { turnIsYours: true, interrupt: false };
    const turn = findTurn(db, input.turn);
    const yours = turn !== null && turn.agent === name && turn.endedAt === null && turn.fence === input.fence;
    if (!yours) return { turnIsYours: false, interrupt: true };
    await writer
      .writeVital((tx) => renewTurn(tx.db, turn.id, clock() + limits.leaseMs))
      .catch((error: unknown) => {
        renewalOwed = true;
        throw error;
      });
    return { turnIsYours: true, interrupt: turn.interrupt === 1 };
  }

  /** Everything that was chosen, a bounded piece to each transaction. */
  async function inSteps(
    ask: Choice,
    step: (tx: Tx) => { requeued: number; message: number | null },
  ): Promise<{ requeued: number; message: number | null }> {
    let requeued = 0;
    for (;;) {
      const done = await writer.write(step);
      requeued += done.requeued;
      if (ask.deliveries !== undefined || done.requeued < CHOICE_STEP) return { requeued, message: done.message };
    }
  }

  return {
    send,
    hello,
    wake,
    urgent,
    heartbeat,
    /** Ends a turn; see `finishTurn`. */
    async finish(name: AgentName, input: In<'finish'>): Promise<Out<'finish'>> {
      await writer.writeVital((tx) => finishTurn(tx, turns, { agent: name, finish: input }));
      sights.seen(name);
      return { accepted: true };
    },
    recv: (name: AgentName, limit: number): Promise<Out<'recv'>> =>
      writer.write((tx) => leaseMore(tx, turns, { agent: name, limit })),
    async spool(name: AgentName, input: In<'spool'>): Promise<Out<'spool'>> {
      sights.seen(name);
      // The harness keeps what it spooled, and asks again.
      deps.disk?.refuse();
      const { acked } = await writer.write((tx) =>
        storeSpool(tx, spoolDeps, { agent: name, bootId: input.bootId, events: input.events }),
      );
      return { acked };
    },
    /** The operator has read these. */
    async markRead(ids: readonly number[]): Promise<number> {
      return writer.write((tx) => {
        const read = markRead(tx.db, OPERATOR, { ids, at: clock() });
        if (read.length > 0) events.append(tx, 'delivery.read', { data: { messages: read } });
        return read.length;
      });
    },
    /**
     * Asks the running turn's harness to interrupt it. Its messages are put back when it ends; with `drop` they are
     * withdrawn at once, so that nothing that happens to the turn brings them again. Throws `wrong_state` when none runs.
     */
    async interrupt(name: AgentName, { drop = false }: { drop?: boolean | undefined } = {}): Promise<void> {
      await writer.writeVital((tx) => {
        const open = openTurnOf(tx.db, name);
        if (open === null) throw new HiveError('wrong_state', sayIdle(tx.db, name, clock()));
        askInterrupt(tx.db, open.id);
        if (drop) dropLeased(tx, post, open.id);
      });
    },
    /** Takes the open turn away from a box that was stopped or ran out of memory: not the mail's fault, so nothing counts. */
    releaseOpenTurn: (
      name: AgentName,
      reason: string,
      outcome: 'interrupted' | 'starved' = 'interrupted',
    ): Promise<void> =>
      writer.writeVital((tx) => {
        const open = openTurnOf(tx.db, name);
        if (open !== null) loseTurn(tx, turns, { turn: open, reason, outcome });
      }),
    /** The operator's answer to a question; it is read as well. */
    answer: (answer: { to: string; body: string; in_reply_to: number }): Promise<SendOutput> =>
      writer.write((tx) => {
        const sent = postMessage(tx, post, { ...answer, sender: OPERATOR, kind: 'answer' });
        const read = markRead(tx.db, OPERATOR, { ids: [answer.in_reply_to], at: clock() });
        if (read.length > 0) events.append(tx, 'delivery.read', { data: { messages: read } });
        return sent;
      }),
    /** Puts dead deliveries back; see `requeueChosen`. */
    requeue: (ask: Choice & { body?: string | undefined }) => inSteps(ask, (tx) => requeueChosen(tx, post, ask)),
    /** Withdraws deliveries; see `dropChosen`. */
    drop: async (ask: Choice): Promise<number> => {
      const done = await inSteps(ask, (tx) => ({ requeued: dropChosen(tx, post, ask), message: null }));
      return done.requeued;
    },
    setThread: (message: number, state: 'open' | 'closed'): Promise<ThreadView> =>
      writer.write((tx) => changeThread(tx, post, { message, state })),
    setTopic: (ask: Parameters<typeof changeTopic>[2]): Promise<TopicView> =>
      writer.write((tx) => changeTopic(tx, post, ask)),
    subscribe: (agent: AgentName, topic: string, on: boolean): Promise<void> =>
      writer.write((tx) => changeSubscription(tx, post, { agent, topic, on })),
    /** Do not disturb, until then; null ends it. */
    setQuiet: (name: AgentName, until: number | null, by: string): Promise<void> =>
      writer.writeVital((tx) => {
        setQuietUntil(tx.db, name, until);
        events.append(tx, 'agent.quiet', { agent: name, data: { until, by } });
        tx.after(() => waiters.notify(name));
      }),
    /** Lets a parked agent have its next turn at once. */
    unpark: (name: AgentName): Promise<void> =>
      writer.writeVital((tx) => {
        setNotBefore(tx.db, name, null);
        tx.after(() => waiters.notify(name));
      }),
    /** For transactions of other rooms that also store a message. */
    postIn: (tx: Tx, message: PostedMessage) => postMessage(tx, post, message),
    turnDeps: turns,
    postDeps: post,
    /** Something about an agent changed that may let a turn begin. */
    notify: waiters.notify,
    /** An agent is no more. */
    forget(name: AgentName): void {
      waiters.forget(name);
      hearing.delete(name);
      gate.forget(name);
      spoolDeps.budget.forget(name);
    },
    oweRenewal(): void {
      renewalOwed = true;
    },
    /** Gives every open turn a whole lease when that is owed; rejects, and still owes it, when the disk refuses. */
    async settleRenewal(): Promise<void> {
      if (!renewalOwed) return;
      await writer.writeVital((tx) => renewAllTurns(tx.db, clock() + limits.leaseMs));
      renewalOwed = false;
    },
  };
}

/** A caller's words as the broker stores them: spans of time become times. */
function readSend(sender: string, input: Words, now: number): PostedMessage {
  // Named one by one: V8 takes ten times as long to spread them, which is a tenth of a send.
  const { to, body, kind, in_reply_to, key, priority, choices, severity, ttl_seconds, deadline_seconds } = input;
  return {
    sender,
    to,
    body,
    kind,
    in_reply_to,
    key,
    priority,
    choices,
    severity,
    default: input.default,
    expiresAt: ttl_seconds === undefined ? undefined : now + ttl_seconds * 1_000,
    deadline: deadline_seconds === undefined ? undefined : now + deadline_seconds * 1_000,
    attachments: undefined,
  };
}

/** Which mail wakes an agent now. */
function reachOf(facts: BootFacts, now: number): Reach {
  return quietEnd(facts, now) === null ? 'all' : 'critical';
}

function quietEnd(facts: BootFacts, now: number): number | null {
  return facts.quietUntil !== null && facts.quietUntil > now ? facts.quietUntil : null;
}
