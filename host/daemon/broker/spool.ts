import type { AgentName } from '../../../protocol/names.ts';
import { EVENT_DATA, type EventKind } from '../../../protocol/schemas/event.ts';
import type { SpooledEvent } from '../../../protocol/schemas/harness.ts';
import type { EventLog } from '../events/event-log.ts';
import { markInContext } from '../store/deliveries.ts';
import { ackedOf, setAcked } from '../store/spools.ts';
import { findTurn, messagesOfTurn } from '../store/turns.ts';
import type { Tx } from '../store/writer.ts';

/** The longest data of one transcript event, as JSON characters. The harness cuts its texts well below. */
const MAX_DATA_CHARS = 64 * 1024;

/**
 * Stores what a harness spooled and returns how far its spool is stored now. What was stored before
 * is skipped by its sequence number. The box is not trusted: an event that does not fit its kind, is
 * too long, or speaks of another agent's turn or of mail that no such turn had is passed over (and counted), never
 * stored.
 */
export function storeSpool(
  tx: Tx,
  deps: { events: EventLog; clock: () => number },
  spool: { agent: AgentName; bootId: string; events: readonly SpooledEvent[] },
): { acked: number; refused: number } {
  const { agent, bootId } = spool;
  let acked = ackedOf(tx.db, agent, bootId);
  let refused = 0;
  for (const event of spool.events) {
    if (event.seq <= acked) continue;
    acked = event.seq;
    if (!storeOne(tx, deps, { agent, event })) refused += 1;
  }
  setAcked(tx.db, agent, { bootId, acked });
  return { acked, refused };
}

function storeOne(
  tx: Tx,
  deps: { events: EventLog; clock: () => number },
  spooled: { agent: AgentName; event: SpooledEvent },
): boolean {
  const { agent, event } = spooled;
  const kind: EventKind = event.kind;
  const parsed = EVENT_DATA[kind].safeParse(event.data);
  if (!parsed.success || JSON.stringify(parsed.data).length > MAX_DATA_CHARS) return false;
  const data = parsed.data as Record<string, unknown>;
  const turn = typeof data['turn'] === 'number' ? findTurn(tx.db, data['turn']) : undefined;
  if (turn === null || (turn !== undefined && turn.agent !== agent)) return false;
  if (kind === 'delivery.in_context' && turn !== undefined) {
    // The box's clock is the host's, but its word is not: never before the lease, never in the future.
    const at = Math.min(deps.clock(), Math.max(event.at, turn.startedAt));
    const ofTurn = new Set(messagesOfTurn(tx.db, turn.id));
    const messages = (data['messages'] as number[]).filter((id) => ofTurn.has(id));
    if (messages.length === 0) return false;
    data['messages'] = messages;
    markInContext(tx.db, turn.id, { messages, recipient: agent, at });
  }
  deps.events.append(tx, kind, { agent, data: data as never });
  return true;
}
