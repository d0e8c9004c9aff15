import type { EventKind } from '../../../../../protocol/schemas/event.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** An event as it is stored. */
export interface StoredEvent {
  readonly seq: number;
  readonly at: number;
  readonly kind: EventKind;
  readonly data: string;
}

/** As in the partial index `events_turns`. */
const START_OF_TURN = `SELECT seq FROM events WHERE agent = ? AND kind = 'turn.started'
  AND CAST(json_extract(data, '$.turn') AS INTEGER) = ? ORDER BY seq LIMIT 1`;

/** The number of the event with which a turn of an agent began; null when the log has none. */
export function startOfTurn(db: Db, agent: string, turn: number): number | null {
  return (sql(db, START_OF_TURN).pluck().get(agent, turn) as number | undefined) ?? null;
}

const BACK = 'SELECT seq FROM events WHERE agent = ? AND seq < ? ORDER BY seq DESC LIMIT 1 OFFSET ?';
/** Not LIKE: on a text that repeats the beginning of the words, it needs a third of a second for each event. */
const WITH = `SELECT seq, at, kind, data FROM events WHERE agent = ? AND seq < ? AND seq >= ?
  AND instr(lower(data), ?) > 0 ORDER BY seq DESC`;

/**
 * Of the `events` newest events of an agent before a number, those whose data has a part in it, in lower case, newest first.
 * `downTo` is the number of the oldest one looked at; 0 at the beginning of the log.
 */
export function eventsWith(
  db: Db,
  query: { agent: string; before: number; events: number; part: string },
): { found: StoredEvent[]; downTo: number } {
  const { agent, before, events, part } = query;
  const downTo =
    (sql(db, BACK)
      .pluck()
      .get(agent, before, events - 1) as number | undefined) ?? 0;
  return { found: sql(db, WITH).all(agent, before, downTo, part) as StoredEvent[], downTo };
}
