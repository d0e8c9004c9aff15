import type { AgentName } from '../../../../protocol/names.ts';
import { EVENT_DATA, type EventData } from '../../../../protocol/schemas/event.ts';
import type { SpooledEvent } from '../../../../protocol/schemas/harness.ts';
import type { EncodedEvent, EventLog } from '../../core/event-log.ts';
import { markInContext } from '../mail/queries.ts';
import { ackedOf, addSpooledBytes, deleteOldestSpooled, setAcked } from './store/spools.ts';
import { findTurn, messagesOfTurn, type TurnRow } from './store/turns.ts';
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
  const turnOf = lookUpTurns(tx);
  let details: EncodedEvent[] = [];
  const storeDetails = () => {
    deps.events.appendAll(tx, agent, details);
    details = [];
  };
  for (const event of spool.events) {
    if (event.seq <= acked) continue;
    acked = event.seq;
    const fitting = readEvent(event, agent, turnOf);
    if (fitting === null) continue;
    if (fitting.kind === 'delivery.in_context') {
      storeDetails();
      storeReceipt(tx, deps, { agent, ...fitting });
      continue;
    }
    const bytes = Buffer.byteLength(fitting.json);
    if (!deps.budget.take(agent, bytes)) continue;
    details.push(fitting);
    stored += bytes;
  }
  storeDetails();
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

/** Finds turns by number, each once: nearly all events of a batch are of the same. */
function lookUpTurns(tx: Tx): (id: number) => TurnRow | null {
  const found = new Map<number, TurnRow | null>();
  return (id) => {
    const known = found.get(id);
    if (known !== undefined) return known;
    const turn = findTurn(tx.db, id);
    found.set(id, turn);
    return turn;
  };
}

/** An event that fits its kind and its agent. */
interface Fitting extends EncodedEvent {
  readonly at: number;
  readonly turn: TurnRow | undefined;
}

/** Null for an event that is not stored: it does not fit its kind, is too long, or names another agent's turn. */
function readEvent(event: SpooledEvent, agent: AgentName, turnOf: (id: number) => TurnRow | null): Fitting | null {
  const { kind, at } = event;
  const parsed = EVENT_DATA[kind].safeParse(event.data);
  if (!parsed.success) return null;
  const data = parsed.data as Fitting['data'];
  const json = JSON.stringify(data);
  if (json.length > MAX_DATA_CHARS) return null;
  const turn = 'turn' in data && typeof data.turn === 'number' ? turnOf(data.turn) : undefined;
  if (turn === null || (turn !== undefined && turn.agent !== agent)) return null;
  return { kind, at, data, json, turn };
}

/** A repeated receipt changes nothing, and needs no row. */
function storeReceipt(tx: Tx, deps: SpoolDeps, receipt: Fitting & { agent: AgentName }): void {
  const { agent, turn } = receipt;
  if (turn === undefined) return;
  // The box's clock is the host's, but its claim is not trusted: clamp it between the lease and now.
  const at = Math.min(deps.clock(), Math.max(receipt.at, turn.startedAt));
  const ofTurn = new Set(messagesOfTurn(tx.db, turn.id));
  const { messages: named } = receipt.data as EventData<'delivery.in_context'>;
  const messages = named.filter((id) => ofTurn.has(id));
  if (markInContext(tx.db, turn.id, { messages, recipient: agent, at }) === 0) return;
  deps.events.append(tx, 'delivery.in_context', { agent, data: { turn: turn.id, messages } });
}
