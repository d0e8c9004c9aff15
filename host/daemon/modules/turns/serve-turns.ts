import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import { findAgent, setBoot, setNotBefore, setQuietUntil } from '../agents/queries.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import { attempt } from '../../core/store/attempt.ts';
import type { Tx } from '../../core/writer.ts';
import { quoteWords } from '../mail/policy/foreign-words.ts';
import { sayIdle } from '../mail/say-waiting.ts';
import { chosenOfTurn } from '../mail/queries.ts';
import { createHolds } from './holds.ts';
import { createLeases } from './leases.ts';
import { createSpoolBudget } from './spool-budget.ts';
import { storeSpool } from './spool.ts';
import { askInterrupt, openTurnOf } from './store/turns.ts';
import type { HarnessLimits, In, Out, TurnServiceDeps } from './turn-deps.ts';
import { finishTurn, leaseMore, loseTurn } from './turns.ts';
import { createWakes } from './wake-harness.ts';

/**
 * Offers turns to harnesses and tracks the running ones. Its answers to harnesses are declared in
 * protocol/operations/agent.ts.
 */
export type Turns = ReturnType<typeof createTurns>;

export function createTurns(deps: TurnServiceDeps, limits: HarnessLimits) {
  const { db, writer, mail, waiters, harnesses, providers } = deps;
  const { events, clock } = mail;
  const turns = {
    ...mail,
    ...limits,
    correctUsage: providers.correctUsage,
    dayOf: deps.dayOf,
    sessions: deps.sessions,
  };
  const parts = { ...deps, limits, turns };
  const spoolDeps = { events, clock, budget: createSpoolBudget(clock, deps.memory) };

  /** A harness starts: turns of its older boots end, and their deliveries are requeued at once. */
  async function hello(name: AgentName, input: In<'hello'>): Promise<Out<'hello'>> {
    const before = await writer.writeVital((tx) => {
      const agent = findAgent(tx.db, name);
      if (agent === null) throw new HiveError('unknown_agent', 'This agent was destroyed.');
      const open = openTurnOf(tx.db, name);
      const older = open !== null && open.bootId !== input.bootId ? open : null;
      if (older !== null)
        loseTurn(tx, turns, {
          turn: older,
          reason: 'the harness was restarted while the turn ran',
          outcome: older.generation === input.generation ? 'lost' : 'interrupted',
        });
      const model = providers.modelOf(agent.spec);
      setBoot(tx.db, name, { bootId: input.bootId, generation: input.generation, at: clock(), model });
      events.append(tx, 'harness.hello', {
        agent: name,
        data: { generation: input.generation, boot: input.bootId, released: older === null ? 0 : 1 },
      });
      return agent;
    });
    harnesses.seen(name, { status: { state: 'idle', reason: null, until: null } });
    waiters.notify(name);
    const agent = findAgent(db, name);
    if (agent === null) throw new HiveError('unknown_agent');
    const model = providers.modelOf(agent.spec);
    if (before.toldModel !== null && before.toldModel !== model) await deps.onModelTold?.();
    return {
      agent: name,
      parent: agent.parent,
      spec: specFor(input.contract ?? 1, { ...agent.spec, model }),
      sessionId: agent.sessionId,
      leaseMs: limits.leaseMs,
      warmIdleMs: limits.warmIdleMs,
      ...((input.contract ?? 1) < 2 ? {} : { stuck: limits.stuck }),
      ...((input.contract ?? 1) < 3 ? {} : { rawLimits: limits.rawLimits }),
    };
  }

  const holds = createHolds({ writer, events, waiters, clock });

  /** An agent that makes no progress is held, and the operator is told once. The reason is its box's. */
  function holdStuck(tx: Tx, name: AgentName, reason: string): void {
    holds.holdIn(tx, name, { kind: 'stuck', by: 'the hive', reason });
    const body = `${name} is stuck: three turns were stopped, the last in a fresh conversation; its box says: ${quoteWords(reason)}. No turn of it begins, and its mail waits, until you release it: hivectl resume ${name}. What it did: hivectl events --agent ${name}`;
    attempt(tx, (inner) => mail.post(inner, { sender: SYSTEM, kind: 'system', to: OPERATOR, body }));
  }

  return {
    hello,
    ...holds,
    ...createWakes(parts),
    ...createLeases(parts),
    /** Ends a turn; see `finishTurn`. */
    async finish(name: AgentName, input: In<'finish'>): Promise<Out<'finish'>> {
      await writer.writeVital((tx) => {
        const ended = finishTurn(tx, turns, { agent: name, finish: input });
        if (ended && input.stuck !== undefined) holdStuck(tx, name, input.stuck);
      });
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
  };
}

/** A harness of an older build refuses a spec with fields that it does not know; `wakeFor` is for hived alone. */
function specFor(contract: number, { wakeFor: _kinds, ...spec }: AgentSpec): AgentSpec {
  if (contract >= 4) return spec;
  const { projects: _projects, ...older } = spec;
  if (contract >= 2) return older;
  const { turnToolCalls: _calls, turnOutputKb: _output, ...known } = older;
  return known;
}
