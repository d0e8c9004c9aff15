import type { AgentName } from '../../../../protocol/names.ts';
import { EVENT_DATA, type EventKind } from '../../../../protocol/schemas/event.ts';
import type { SpooledEvent } from '../../../../protocol/schemas/harness.ts';
import type { EventLog } from '../../core/event-log.ts';
import { markInContext } from '../mail/queries.ts';
import { ackedOf, addSpooledBytes, deleteOldestSpooled, setAcked } from './store/spools.ts';
import { findTurn, messagesOfTurn } from './store/turns.ts';
import type { Tx } from '../../core/writer.ts';
import { type SpoolBudget, TRANSCRIPT_MAX_BYTES } from './spool-budget.ts';

/**
 * Maximum size of one transcript event's data, in JSON characters. The harness truncates its texts well
 * below.
 */
const MAX_DATA_CHARS = 64 * 1024;
/** Oldest events deleted per transaction: as many as one batch can add. */
const MOST_DELETED = 1_000;

export interface SpoolDeps {
  events: EventLog;
  clock: () => number;
  budget: SpoolBudget;
  /** Maximum bytes of one agent's spooled events. */
  maxBytes?: number;
}

/**
 * Stores spooled events of a harness and returns the sequence number up to which its spool is stored. Events
 * stored before are skipped by sequence number. The box is not trusted: an event that does not fit its kind,
 * is too long, or names another agent's turn, or mail that no such turn had, is skipped and never stored.
 * Events beyond the agent's budget are dropped and counted (`transcript.dropped`); receipts never are. Beyond
 * the byte ceiling the agent's oldest events are deleted.
 */
export function storeSpool(
  tx: Tx,
  deps: SpoolDeps,
  spool: { agent: AgentName; bootId: string; events: readonly SpooledEvent[] },
): { acked: number } {
  const { agent, bootId } = spool;
  let acked = ackedOf(tx.db, agent, bootId);
  let stored = 0;
  for (const event of spool.events) {
    if (event.seq <= acked) continue;
    acked = event.seq;
    stored += storeOne(tx, deps, { agent, event });
  }
  setAcked(tx.db, agent, { bootId, acked, at: deps.clock() });
  if (stored > 0) keepBelowCeiling(tx, agent, { stored, maxBytes: deps.maxBytes ?? TRANSCRIPT_MAX_BYTES });
  const dropped = deps.budget.dropped(agent);
  if (dropped !== null) deps.events.append(tx, 'transcript.dropped', { agent, data: dropped });
  return { acked };
}

function keepBelowCeiling(tx: Tx, agent: AgentName, sizes: { stored: number; maxBytes: number }): void {
  const over = addSpooledBytes(tx.db, agent, sizes.stored) - sizes.maxBytes;
  if (over > 0) deleteOldestSpooled(tx.db, agent, { bytes: over, limit: MOST_DELETED });
}

/** Returns the stored bytes that count towards the agent's ceiling. */
function storeOne(tx: Tx, deps: SpoolDeps, spooled: { agent: AgentName; event: SpooledEvent }): number {
  const { agent, event } = spooled;
  const kind: EventKind = event.kind;
  const parsed = EVENT_DATA[kind].safeParse(event.data);
  if (!parsed.success) return 0;
  const text = JSON.stringify(parsed.data);
  if (text.length > MAX_DATA_CHARS) return 0;
  const data = parsed.data as Record<string, unknown>;
  const turn = typeof data['turn'] === 'number' ? findTurn(tx.db, data['turn']) : undefined;
  if (turn === null || (turn !== undefined && turn.agent !== agent)) return 0;
  if (kind === 'delivery.in_context') {
    // The box's clock is the host's, but its claim is not trusted: clamp it between the lease and now.
    const at = Math.min(deps.clock(), Math.max(event.at, turn?.startedAt ?? 0));
    const ofTurn = new Set(turn === undefined ? [] : messagesOfTurn(tx.db, turn.id));
    const messages = (data['messages'] as number[]).filter((id) => ofTurn.has(id));
    // A repeated receipt changes nothing, and needs no row.
    if (turn === undefined || markInContext(tx.db, turn.id, { messages, recipient: agent, at }) === 0) return 0;
    deps.events.append(tx, kind, { agent, data: { turn: turn.id, messages } });
    return 0;
  }
  const bytes = Buffer.byteLength(text);
  if (!deps.budget.take(agent, bytes)) return 0;
  deps.events.append(tx, kind, { agent, data: data as never });
  return bytes;
}
