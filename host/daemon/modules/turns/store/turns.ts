import { type UsageSum, type UsageTotals, usageTotals } from '../../../../../protocol/schemas/agent.ts';
import type { TurnOutcome } from '../../../../../protocol/schemas/harness.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { countedUsage, NOTHING_USED } from '../../providers/queries.ts';
import { pruneInOrder, type RetentionStep, type RetentionStepEnd } from '../../../core/retention.ts';
import { sql } from '../../../../../store/statements.ts';

export interface TurnRow {
  id: number;
  agent: string;
  generation: number;
  bootId: string;
  fence: number;
  startedAt: number;
  leaseUntil: number;
  interrupt: number;
  endedAt: number | null;
  outcome: TurnOutcome | 'lost' | null;
  reason: string | null;
  text: string;
  durationMs: number | null;
  toolCalls: number;
}

const COLUMNS = `id, agent, generation, boot_id AS bootId, fence, started_at AS startedAt, lease_until AS leaseUntil, interrupt,
  ended_at AS endedAt, outcome, reason, text, duration_ms AS durationMs, tool_calls AS toolCalls`;

export function insertTurn(
  db: Db,
  turn: { agent: string; generation: number; bootId: string; fence: number; at: number; leaseUntil: number },
): number {
  const result = sql(
    db,
    'INSERT INTO turns (agent, generation, boot_id, fence, started_at, lease_until) VALUES (?, ?, ?, ?, ?, ?)',
  ).run(turn.agent, turn.generation, turn.bootId, turn.fence, turn.at, turn.leaseUntil);
  return Number(result.lastInsertRowid);
}

const FIND_TURN = `SELECT ${COLUMNS} FROM turns WHERE id = ?`;

export function findTurn(db: Db, id: number): TurnRow | null {
  return (sql(db, FIND_TURN).get(id) as TurnRow | undefined) ?? null;
}

const OPEN_TURN_OF = `SELECT ${COLUMNS} FROM turns WHERE agent = ? AND ended_at IS NULL`;

export function openTurnOf(db: Db, agent: string): TurnRow | null {
  return (sql(db, OPEN_TURN_OF).get(agent) as TurnRow | undefined) ?? null;
}

/** The outcome of an agent's last turn; null when none has ended yet. */
export function lastOutcomeOf(db: Db, agent: string): TurnOutcome | 'lost' | null {
  const outcome = sql(db, 'SELECT outcome FROM turns WHERE agent = ? AND ended_at IS NOT NULL ORDER BY id DESC LIMIT 1')
    .pluck()
    .get(agent) as TurnOutcome | 'lost' | undefined;
  return outcome ?? null;
}

/** Whether the agent's newest ended turn failed by itself. */
export function lastTurnBroke(db: Db, agent: string): boolean {
  const outcome = lastOutcomeOf(db, agent);
  return outcome === 'failed' || outcome === 'timed_out' || outcome === 'lost';
}

const BROKE: ReadonlySet<string> = new Set(['failed', 'timed_out', 'lost', 'starved']);

/** The number of the agent's newest ended turns that failed consecutively, counted up to `most`. */
export function countBrokenInRow(db: Db, agent: string, most: number): number {
  const outcomes = sql(
    db,
    'SELECT outcome FROM turns WHERE agent = ? AND ended_at IS NOT NULL ORDER BY id DESC LIMIT ?',
  )
    .pluck()
    .all(agent, most) as string[];
  const end = outcomes.findIndex((outcome) => !BROKE.has(outcome));
  return end === -1 ? outcomes.length : end;
}

const LIST_OPEN_TURNS = `SELECT ${COLUMNS} FROM turns WHERE ended_at IS NULL ORDER BY +id`;

export function listOpenTurns(db: Db): TurnRow[] {
  // "+id" keeps SQLite from walking all turns in id order instead of using the partial index of open ones.
  return sql(db, LIST_OPEN_TURNS).all() as TurnRow[];
}

export function renewTurn(db: Db, id: number, leaseUntil: number): void {
  sql(db, 'UPDATE turns SET lease_until = ? WHERE id = ? AND ended_at IS NULL').run(leaseUntil, id);
}

/** After a time in which no lease could be renewed: every open turn gets exactly one full lease again. */
export function renewAllTurns(db: Db, leaseUntil: number): void {
  sql(db, 'UPDATE turns SET lease_until = ? WHERE ended_at IS NULL').run(leaseUntil);
}

export function askInterrupt(db: Db, id: number): void {
  sql(db, 'UPDATE turns SET interrupt = 1 WHERE id = ?').run(id);
}

export function endTurn(
  db: Db,
  id: number,
  end: {
    at: number;
    outcome: TurnOutcome | 'lost';
    reason: string | null;
    text: string;
    durationMs: number | null;
    toolCalls: number;
    workCalls: number;
    usage: UsageTotals | null;
  },
): void {
  sql(
    db,
    'UPDATE turns SET ended_at = ?, outcome = ?, reason = ?, text = ?, duration_ms = ?, tool_calls = ?, work_calls = ?, usage = ? WHERE id = ?',
  ).run(
    end.at,
    end.outcome,
    end.reason,
    end.text,
    end.durationMs,
    end.toolCalls,
    end.workCalls,
    end.usage === null ? null : JSON.stringify(end.usage),
    id,
  );
}

export function messagesOfTurn(db: Db, turn: number): number[] {
  return sql(
    db,
    'SELECT d.message_id FROM turn_deliveries t JOIN deliveries d ON d.id = t.delivery_id WHERE t.turn_id = ? ORDER BY d.message_id',
  )
    .pluck()
    .all(turn) as number[];
}

const LIST_TURNS = `SELECT ${COLUMNS} FROM turns WHERE agent = ? AND id < ? ORDER BY id DESC LIMIT ?`;

/** An agent's turns, newest first, with the usage the gateway counted (or else the CLI's own count). */
export function listTurns(
  db: Db,
  query: { agent: string; before: number; limit: number },
): (TurnRow & { usage: UsageSum; messages: number[] })[] {
  const rows = sql(db, LIST_TURNS).all(query.agent, query.before, query.limit) as TurnRow[];
  return rows.map((row) => ({ ...row, usage: usageOfTurn(db, row.id), messages: messagesOfTurn(db, row.id) }));
}

function usageOfTurn(db: Db, turn: number): UsageSum {
  const counted = countedUsage(db, turn);
  if (counted !== null) return counted;
  const stored = sql(db, 'SELECT usage FROM turns WHERE id = ?').pluck().get(turn) as string | null;
  if (stored === null) return NOTHING_USED;
  const { costUsd, ...tokens } = usageTotals.parse(JSON.parse(stored));
  return { ...tokens, costUsd: costUsd ?? 0, unpricedCalls: costUsd === null ? 1 : 0 };
}

/** The turn an agent was in at that time, for attributing usage that the gateway counted. */
export function turnAt(db: Db, agent: string, at: number): number | null {
  const id = sql(
    db,
    'SELECT id FROM turns WHERE agent = ? AND started_at <= ? AND (ended_at IS NULL OR ended_at >= ?) ORDER BY id DESC LIMIT 1',
  )
    .pluck()
    .get(agent, at, at) as number | undefined;
  return id ?? null;
}

/** The newest turn of an agent, of those that had begun at a time if one is given; null before its first one. */
export function newestTurnAt(db: Db, agent: string, at = Number.MAX_SAFE_INTEGER): number | null {
  const id = sql(db, 'SELECT id FROM turns WHERE agent = ? AND started_at <= ? ORDER BY id DESC LIMIT 1')
    .pluck()
    .get(agent, at) as number | undefined;
  return id ?? null;
}

/**
 * Deletes old turns that no mail and no model call refers to. The newest of each agent stays, because the
 * next turn depends on its outcome.
 */
export function pruneTurns(db: Db, look: RetentionStep): RetentionStepEnd {
  const rows = sql(
    db,
    `SELECT id, started_at AS at, ended_at IS NULL OR NOT EXISTS (SELECT 1 FROM turns n WHERE n.agent = t.agent AND n.id > t.id)
       OR EXISTS (SELECT 1 FROM turn_deliveries d WHERE d.turn_id = t.id)
       OR EXISTS (SELECT 1 FROM model_calls c WHERE c.turn_id = t.id) AS isWanted
     FROM turns t WHERE id > ? ORDER BY id LIMIT ?`,
  ).all(look.from, look.limit) as { id: number; at: number; isWanted: number }[];
  const newestAt = sql(db, 'SELECT started_at FROM turns ORDER BY id DESC LIMIT 1').pluck().get() as number | undefined;
  return pruneInOrder(rows, { ...look, newestAt }, (row) => {
    if (row.isWanted === 1) return false;
    sql(db, 'DELETE FROM turns WHERE id = ?').run(row.id);
    return true;
  });
}
