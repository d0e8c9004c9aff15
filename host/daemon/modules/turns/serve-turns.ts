import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, OPERATOR } from '../../../../protocol/names.ts';
import { findAgent, setBoot, setNotBefore, setQuietUntil } from '../agents/queries.ts';
import { sayIdle } from '../mail/say-waiting.ts';
import { chosenOfTurn } from '../mail/queries.ts';
import { createHolds } from './holds.ts';
import { createLeases } from './leases.ts';
import { createSpoolBudget } from './spool-budget.ts';
import { storeSpool } from './spool.ts';
import { askInterrupt, openTurnOf } from './store/turns.ts';
import type { In, Out, TurnServiceDeps } from './turn-deps.ts';
import { finishTurn, leaseMore, loseTurn, type TurnLimits } from './turns.ts';
import { createWakes } from './wake-harness.ts';

/**
 * Offers turns to harnesses and tracks the running ones. Its answers to harnesses are declared in
 * protocol/operations/agent.ts.
 */
export type Turns = ReturnType<typeof createTurns>;

export function createTurns(deps: TurnServiceDeps, limits: TurnLimits & { warmIdleMs: number }) {
  const { db, writer, mail, waiters, harnesses, providers } = deps;
  const { events, clock } = mail;
  const turns = { ...mail, ...limits, correctUsage: providers.correctUsage, dayOf: deps.dayOf };
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
      spec: { ...agent.spec, model },
      sessionId: agent.sessionId,
      leaseMs: limits.leaseMs,
      warmIdleMs: limits.warmIdleMs,
    };
  }

  return {
    hello,
    ...createHolds({ writer, events, waiters, clock }),
    ...createWakes(parts),
    ...createLeases(parts),
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
  };
}
