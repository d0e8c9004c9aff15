import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import type { OpOutput, OpParsed } from '../../../../protocol/op.ts';
import type { agentSurface } from '../../../../protocol/operations/agent.ts';
import type { UsageTotals } from '../../../../protocol/schemas/agent.ts';
import type { TurnOffer } from '../../../../protocol/schemas/harness.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { type BootFacts, bootFacts, findAgent, setBoot, setNotBefore, setQuietUntil } from '../agents/queries.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { sayIdle } from '../mail/say-waiting.ts';
import { chosenOfTurn, isWaiting, leasedTo, type Reach } from '../mail/queries.ts';
import type { HarnessWatch } from './harness-watch.ts';
import { mayOffer } from './policy/turn.ts';
import { createSpoolBudget } from './spool-budget.ts';
import { storeSpool } from './spool.ts';
import { askInterrupt, findTurn, listOpenTurns, openTurnOf, renewAllTurns, renewTurn } from './store/turns.ts';
import { finishTurn, joinTurn, leaseMore, loseTurn, offerTurn, requireTurn, type TurnLimits } from './turns.ts';
import type { Waiters } from './waiters.ts';

type AgentOps = typeof agentSurface;
type In<K extends keyof AgentOps> = OpParsed<AgentOps[K]>;
type Out<K extends keyof AgentOps> = OpOutput<AgentOps[K]>;

export interface TurnServiceDeps {
  db: Db;
  writer: Writer;
  memory: AgentMemory;
  mail: MailContext;
  waiters: Waiters;
  harnesses: HarnessWatch;
  /** Facts about the agents' model providers. */
  providers: ProviderFacts;
  /** The disk guard: whether a turn may begin, and whether writes are refused. */
  disk?: { mayBegin(): boolean; refuse(): void } | undefined;
}

/** Facts about model providers that turns need. */
export interface ProviderFacts {
  /** Corrects the CLI's own count of an agent's turn by the provider's accounting. */
  correctUsage(agent: AgentName, usage: UsageTotals): UsageTotals;
  /**
   * When the limit that the agent reached since `since` ends; null when it reached none, or the end is
   * unknown. Epoch milliseconds.
   */
  limitEnd(agent: AgentName, since: number): number | null;
}

/**
 * Offers turns to harnesses and tracks the running ones. Its answers to harnesses are declared in
 * protocol/operations/agent.ts.
 */
export type Turns = ReturnType<typeof createTurns>;

export function createTurns(deps: TurnServiceDeps, limits: TurnLimits & { warmIdleMs: number }) {
  const { db, writer, mail, waiters, harnesses, providers } = deps;
  const { events, clock } = mail;
  const turns = { ...mail, ...limits, correctUsage: providers.correctUsage };
  const spoolDeps = { events, clock, budget: createSpoolBudget(clock, deps.memory) };
  /** Harnesses that could not renew their leases through no fault of theirs get full ones again. */
  let renewalOwed = false;
  /** Each agent's latest request for urgent mail: its harness may have abandoned the earlier ones. */
  const hearing = deps.memory.keep<object>('question about urgent mail');

  /** A harness starts: turns of its older boots end, and their deliveries are requeued at once. */
  async function hello(name: AgentName, input: In<'hello'>): Promise<Out<'hello'>> {
    await writer.writeVital((tx) => {
      if (bootFacts(tx.db, name) === null) throw new HiveError('unknown_agent', 'This agent was destroyed.');
      const open = openTurnOf(tx.db, name);
      const older = open !== null && open.bootId !== input.bootId ? open : null;
      if (older !== null)
        loseTurn(tx, turns, {
          turn: older,
          reason: 'the harness was restarted while the turn ran',
          outcome: older.generation === input.generation ? 'lost' : 'interrupted',
        });
      setBoot(tx.db, name, { bootId: input.bootId, generation: input.generation, at: clock() });
      events.append(tx, 'harness.hello', {
        agent: name,
        data: { generation: input.generation, boot: input.bootId, released: older === null ? 0 : 1 },
      });
    });
    harnesses.seen(name, { status: { state: 'idle', reason: null, until: null } });
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

  /** Long poll: returns the open turn, or a new one as soon as mail waits; null after `waitMs`. */
  async function wake(name: AgentName, input: In<'wake'>, signal: AbortSignal): Promise<Out<'wake'>> {
    // Monotonic clock: setting the wall clock must not hold a harness longer than it asked for.
    const deadline = performance.now() + input.waitMs;
    // Once, so that a call that outlives its agent leaves no report of it.
    harnesses.seen(name);
    for (;;) {
      const seen = waiters.count(name);
      const offered = await tryOffer(name, input.bootId);
      const leftMs = deadline - performance.now();
      if (offered.turn !== null || signal.aborted || leftMs <= 0) return { turn: offered.turn };
      const forMs = offered.at === null ? leftMs : Math.min(leftMs, offered.at - clock());
      const turn = await waitForOffer({ name, bootId: input.bootId }, { seen, forMs, signal });
      if (turn !== null || signal.aborted) return { turn };
    }
  }

  /** Waits for a reason to check again; resolves with a turn if one began with the commit of its first message. */
  async function waitForOffer(
    harness: { name: AgentName; bootId: string },
    options: Parameters<Waiters['wait']>[1],
  ): Promise<TurnOffer | null> {
    let turn: TurnOffer | null = null;
    const end = waiters.accept(harness.name, (tx) => {
      const offered = offerIn(tx, { ...harness, wokenAt: clock() });
      tx.after(() => {
        turn = offered;
      });
    });
    await waiters.wait(harness.name, options);
    end();
    return turn;
  }

  /** Offers a turn in the caller's transaction; null when none may begin now, or when no mail waits. */
  function offerIn(tx: Tx, harness: { name: AgentName; bootId: string; wokenAt: number }): TurnOffer | null {
    const { name, bootId, wokenAt } = harness;
    const now = clock();
    const facts = bootFacts(tx.db, name);
    if (facts === null || !mayOffer(facts, { bootId, now }).offer) return null;
    if (openTurnOf(tx.db, name) === null && whyNotBegin(facts) !== null) return null;
    return offerTurn(tx, turns, { name, bootId, generation: facts.generation, wokenAt, reach: reachOf(facts, now) });
  }

  /** The reason that keeps a new turn from beginning; a running one continues. */
  function whyNotBegin(facts: BootFacts): 'outdated' | 'disk' | null {
    // A harness that started with an outdated spec says hello again before its next turn.
    if (facts.specUntold === 1) return 'outdated';
    return deps.disk?.mayBegin() === false ? 'disk' : null;
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
    // Checking costs no commit; only leasing writes.
    if (openTurnOf(db, name) === null) {
      const why = whyNotBegin(facts);
      if (why === 'outdated') throw new HiveError('stale_boot');
      if (why === 'disk') return { turn: null, at: null };
      if (!isWaiting(db, name, { now: wokenAt, reach: reachOf(facts, wokenAt) }))
        return { turn: null, at: quietEnd(facts, wokenAt) };
    }
    // A change since the read above also wakes this wait, and the next pass reports it.
    return { turn: await writer.write((tx) => offerIn(tx, { name, bootId, wokenAt })), at: null };
  }

  /**
   * Long poll: leases urgent mail to the running turn and returns it; empty after `waitMs`. Only the latest
   * request leases: the harness asks once more before its turn ends, and mail leased by an abandoned request
   * after that would count as done though nobody saw it.
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

  /** Renews the running turn's lease and records the harness's status. */
  async function heartbeat(name: AgentName, input: In<'heartbeat'>): Promise<Out<'heartbeat'>> {
    const facts = bootFacts(db, name);
    if (facts === null) throw new HiveError('unknown_agent');
    if (facts.bootId !== input.bootId) throw new HiveError('stale_boot');
    harnesses.seen(name, { status: input.status, rssBytes: input.rssBytes, cliRssBytes: input.cliRssBytes });
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
    const answer = { turnIsYours: true, interrupt: turn.interrupt === 1 };
    // Omitted when there is none: harnesses of an older build do not know the field.
    const limitedUntil = providers.limitEnd(name, turn.startedAt);
    return limitedUntil === null ? answer : { ...answer, limitedUntil };
  }

  /**
   * Gives every open turn a full lease when that is owed; rejects, and keeps owing, when the disk refuses.
   */
  async function settleRenewal(): Promise<void> {
    if (!renewalOwed) return;
    await writer.writeVital((tx) => renewAllTurns(tx.db, clock() + limits.leaseMs));
    renewalOwed = false;
  }

  return {
    hello,
    wake,
    urgent,
    heartbeat,
    /** Ends a turn; see `finishTurn`. */
    async finish(name: AgentName, input: In<'finish'>): Promise<Out<'finish'>> {
      await writer.writeVital((tx) => finishTurn(tx, turns, { agent: name, finish: input }));
      harnesses.seen(name);
      return { accepted: true };
    },
    recv: (name: AgentName, limit: number): Promise<Out<'recv'>> =>
      writer.write((tx) => leaseMore(tx, turns, { agent: name, limit })),
    async spool(name: AgentName, input: In<'spool'>): Promise<Out<'spool'>> {
      harnesses.seen(name);
      // The harness keeps its spool and retries.
      deps.disk?.refuse();
      const { acked } = await writer.write((tx) =>
        storeSpool(tx, spoolDeps, { agent: name, bootId: input.bootId, events: input.events }),
      );
      return { acked };
    },
    /**
     * Asks the running turn's harness to interrupt it. Its messages are requeued when it ends; with `drop`
     * they are withdrawn at once, so that they cannot come back. Throws `wrong_state` when no turn is
     * running.
     */
    async interrupt(name: AgentName, { drop = false }: { drop?: boolean | undefined } = {}): Promise<void> {
      await writer.writeVital((tx) => {
        const open = openTurnOf(tx.db, name);
        if (open === null) throw new HiveError('wrong_state', sayIdle(tx.db, name, clock()));
        askInterrupt(tx.db, open.id);
        if (!drop) return;
        const note = `withdrawn by the operator from turn ${open.id}, which was stopped`;
        mail.withdraw(tx, { mail: chosenOfTurn(tx.db, open.id), note, by: OPERATOR });
      });
    },
    /**
     * Ends the open turn of a box that was stopped or ran out of memory. Not the mail's fault, so no failure
     * counts.
     */
    releaseOpenTurn: (
      name: AgentName,
      reason: string,
      outcome: 'interrupted' | 'starved' = 'interrupted',
    ): Promise<void> =>
      writer.writeVital((tx) => {
        const open = openTurnOf(tx.db, name);
        if (open !== null) loseTurn(tx, turns, { turn: open, reason, outcome });
      }),
    /** Do not disturb until this time; null ends it. */
    setQuiet: (name: AgentName, until: number | null, by: string): Promise<void> =>
      writer.writeVital((tx) => {
        setQuietUntil(tx.db, name, until);
        events.append(tx, 'agent.quiet', { agent: name, data: { until, by } });
        tx.after(() => waiters.notify(name));
      }),
    /** Gives a parked agent its next turn at once. */
    unpark: (name: AgentName): Promise<void> =>
      writer.writeVital((tx) => {
        setNotBefore(tx.db, name, null);
        tx.after(() => waiters.notify(name));
      }),
    /** Notifies waiters that an agent's state changed, so that a turn may begin. */
    notify: waiters.notify,
    /**
     * After a time in which no lease could be renewed: every open turn gets a full lease before the next one
     * is judged.
     */
    oweRenewal(): void {
      renewalOwed = true;
    },
    /** When the first lease runs out, or now when renewals are owed; null without an open turn. */
    nextDueAt(now: number): number | null {
      if (renewalOwed) return now;
      return listOpenTurns(db).reduce<number | null>(
        (least, turn) => Math.min(turn.leaseUntil + 1, least ?? Infinity),
        null,
      );
    },
    /**
     * Ends turns whose harness had no contact for a full lease in which hived listened. `now` (epoch ms) is
     * the time of the judgement: the clock may be set at any moment after.
     */
    async expireLeases(now: number): Promise<void> {
      await settleRenewal();
      if (!listOpenTurns(db).some((turn) => turn.leaseUntil < now)) return;
      await writer.write((tx) => {
        for (const turn of listOpenTurns(tx.db)) {
          if (turn.leaseUntil >= now) continue;
          const silentMs = now - (turn.leaseUntil - limits.leaseMs);
          events.append(tx, 'harness.lost', { agent: turn.agent as AgentName, data: { silentMs } });
          const reason = `its harness was not heard of for ${Math.round(silentMs / 1000)} s`;
          loseTurn(tx, turns, { turn, reason, outcome: 'lost' });
        }
      });
    },
  };
}

/** Which mail wakes an agent now. */
function reachOf(facts: BootFacts, now: number): Reach {
  return quietEnd(facts, now) === null ? 'all' : 'critical';
}

function quietEnd(facts: BootFacts, now: number): number | null {
  return facts.quietUntil !== null && facts.quietUntil > now ? facts.quietUntil : null;
}
