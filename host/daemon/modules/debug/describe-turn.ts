import { HiveError } from '../../../../protocol/errors.ts';
import { type AgentName, senderName } from '../../../../protocol/names.ts';
import { turnStats } from '../../../../protocol/schemas/stats.ts';
import type { TurnDebug } from '../../../../protocol/schemas/turn-debug.ts';
import type { Db } from '../../../../store/open-store.ts';
import { eventsOfTurn } from '../../core/store/events.ts';
import { deliveriesOfTurn } from '../mail/queries.ts';
import { callsOfTurn } from '../providers/queries.ts';
import { findTurnStats, planOfTurn } from '../stats/queries.ts';
import { findTurn, type TurnRow } from '../turns/queries.ts';

/** The turn with this number. Throws `not_found`, also when it is not that agent's. */
export function requireTurn(db: Db, turn: number, name: AgentName | undefined): TurnRow {
  const row = findTurn(db, turn);
  if (row === null)
    throw new HiveError('not_found', `There is no turn ${turn}.`, { details: { command: 'hivectl stats --by turn' } });
  if (name === undefined || row.agent === name) return row;
  throw new HiveError('not_found', `Turn ${turn} is one of ${row.agent}, not of ${name}.`);
}

/** What hived's store knows about a turn. */
export function describeTurn(db: Db, row: TurnRow): Omit<TurnDebug, 'raw'> {
  const { id: turn, generation, bootId, fence, startedAt, leaseUntil, endedAt, outcome, reason, text } = row;
  const { events, isCut } = eventsOfTurn(db, { turn, agent: row.agent, startedAt, endedAt });
  return {
    turn,
    agent: row.agent as AgentName,
    generation,
    bootId,
    fence,
    startedAt,
    leaseUntil,
    interruptAsked: row.interrupt === 1,
    endedAt,
    outcome,
    reason,
    text,
    plan: planOfTurn(db, turn),
    stats: statsOf(db, turn),
    deliveries: deliveriesOfTurn(db, turn).map(({ lastTurn, joined, from, ...delivery }) => {
      const isLast = lastTurn === turn;
      const { leasedAt, inContextAt } = delivery;
      return {
        ...delivery,
        from: senderName.parse(from),
        joined: joined === 1,
        leasedAt: isLast ? leasedAt : null,
        inContextAt: isLast ? inContextAt : null,
        laterTurn: isLast ? null : lastTurn,
      };
    }),
    calls: callsOfTurn(db, turn),
    events,
    eventsAreCut: isCut,
  };
}

function statsOf(db: Db, turn: number): TurnDebug['stats'] {
  const row = findTurnStats(db, turn);
  if (row === null) return null;
  return { ...row, agent: row.agent as AgentName, outcome: turnStats.shape.outcome.parse(row.outcome) };
}
