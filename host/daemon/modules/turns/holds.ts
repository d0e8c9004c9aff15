import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { AgentHold, HoldKind } from '../../../../protocol/schemas/hold.ts';
import { agentExists, holdsOf, liftHolds, putHold } from '../agents/queries.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { askInterrupt, openTurnOf } from './store/turns.ts';
import type { Waiters } from './waiters.ts';

export interface HoldDeps {
  readonly writer: Pick<Writer, 'writeVital'>;
  readonly events: Pick<EventLog, 'append'>;
  readonly waiters: Pick<Waiters, 'notify'>;
  readonly clock: () => number;
}

/**
 * Holds of agents: while there is one, no turn begins. A running turn ends by itself.
 *
 *   free ── hold ──► held (by one or several kinds) ── lift of the last kind ──► free
 */
export function createHolds(deps: HoldDeps) {
  const { writer, events, waiters, clock } = deps;

  /** Holds an agent within a transaction. A second hold of a kind changes nothing. */
  function holdIn(tx: Tx, name: AgentName, hold: Omit<AgentHold, 'at'>): void {
    if (!agentExists(tx.db, name)) throw new HiveError('unknown_agent');
    if (holdsOf(tx.db, name).some(({ kind }) => kind === hold.kind)) return;
    putHold(tx.db, name, { ...hold, at: clock() });
    events.append(tx, 'agent.held', { agent: name, data: hold });
    tx.after(() => waiters.notify(name));
  }

  return {
    holdIn,
    /** Holds an agent; `now` interrupts its running turn, whose messages are put back. Throws `unknown_agent`. */
    hold: (name: AgentName, hold: Omit<AgentHold, 'at'>, { now = false }: { now?: boolean } = {}): Promise<void> =>
      writer.writeVital((tx) => {
        holdIn(tx, name, hold);
        const open = now ? openTurnOf(tx.db, name) : null;
        if (open !== null) askInterrupt(tx.db, open.id);
      }),
    /** Ends holds of these kinds; resolves with those that there were. */
    lift: (name: AgentName, kinds: readonly HoldKind[], by: string): Promise<HoldKind[]> =>
      writer.writeVital((tx) => {
        const lifted = liftHolds(tx.db, name, kinds);
        if (lifted.length === 0) return lifted;
        events.append(tx, 'agent.released', { agent: name, data: { kinds: lifted, by } });
        tx.after(() => waiters.notify(name));
        return lifted;
      }),
  };
}
