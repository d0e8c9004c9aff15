import type { DeliveryState } from '../../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** A delivery that a turn had, as it stands now. */
export interface TurnDeliveryRow {
  delivery: number;
  message: number;
  from: string;
  attempt: number;
  joined: number;
  leasedAt: number | null;
  inContextAt: number | null;
  state: DeliveryState;
  endedAt: number | null;
  note: string | null;
  /** The newest turn that had it. */
  lastTurn: number;
}

/** All deliveries that a turn had, also those that later turns got. */
export function deliveriesOfTurn(db: Db, turn: number): TurnDeliveryRow[] {
  return sql(
    db,
    `SELECT d.id AS delivery, d.message_id AS message, m.sender AS "from", t.attempt, t.joined,
       d.leased_at AS leasedAt, d.in_context_at AS inContextAt, d.state, d.ended_at AS endedAt, d.note,
       COALESCE(d.turn_id, t.turn_id) AS lastTurn
     FROM turn_deliveries t JOIN deliveries d ON d.id = t.delivery_id JOIN messages m ON m.id = d.message_id
     WHERE t.turn_id = ? ORDER BY d.id`,
  ).all(turn) as TurnDeliveryRow[];
}
