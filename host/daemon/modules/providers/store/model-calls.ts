import * as z from 'zod';
import { type UsageSum, usageSum } from '../../../../../protocol/schemas/agent.ts';
import type { CallStart, UsageRecord } from '../../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';

/** Stores a call once; false when its id is stored already. */
export function insertModelCall(db: Db, record: UsageRecord, turn: number | null): boolean {
  const { usage } = record;
  const result = sql(
    db,
    `INSERT INTO model_calls (id, agent, turn_id, provider, model, started_at, ended_at, status,
       input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  ).run(
    record.id,
    record.agent,
    turn,
    record.provider,
    record.model,
    record.startedAt,
    record.endedAt,
    record.status,
    usage.inputTokens,
    usage.outputTokens,
    usage.cacheReadTokens,
    usage.cacheWriteTokens,
    usage.costUsd,
  );
  return result.changes > 0;
}

/** Stores the start of a call, unless it is stored already: its end may have been reported first. */
export function insertOpenCall(
  db: Db,
  call: CallStart,
  of: { instance: string; turn: number | null; role: string; above: readonly string[]; projects: string },
): void {
  sql(
    db,
    `INSERT INTO open_calls (id, instance, agent, turn_id, provider, started_at, role, above, projects,
       reserved_usd, reserved_tokens)
     SELECT @id, @instance, @agent, @turn, @provider, @startedAt, @role, @above, @projects, @reservedUsd, @reservedTokens
     WHERE NOT EXISTS (SELECT 1 FROM model_calls WHERE id = @id) ON CONFLICT (id) DO NOTHING`,
  ).run({ ...call, ...of, above: JSON.stringify(of.above) });
}

/** Where a caller stood when its call began. */
interface Began {
  readonly name: string;
  readonly role: string;
  readonly above: readonly string[];
  readonly projects: string;
}

/** Deletes a call under way; returns where its agent stood when it began, null for a call that was not stored. */
export function deleteOpenCall(db: Db, id: string): Began | null {
  const row = sql(db, 'DELETE FROM open_calls WHERE id = ? RETURNING agent AS name, role, above, projects').get(id) as
    | (Omit<Began, 'above'> & { above: string })
    | undefined;
  return row === undefined ? null : { ...row, above: names.parse(JSON.parse(row.above)) };
}
const names = z.array(z.string());

/** Calls of one gateway whose end was not reported. */
export function openCallsOf(db: Db, instance: string): (CallStart & { turn: number | null })[] {
  return sql(
    db,
    `SELECT id, agent, turn_id AS turn, provider, started_at AS startedAt, reserved_usd AS reservedUsd,
       reserved_tokens AS reservedTokens FROM open_calls WHERE instance = ? ORDER BY started_at, id`,
  ).all(instance) as (CallStart & { turn: number | null })[];
}

/** The gateways that have open calls. */
export function openInstances(db: Db): string[] {
  return sql(db, 'SELECT DISTINCT instance FROM open_calls').pluck().all() as string[];
}

/** A call that has ended. */
export interface CallRow {
  id: string;
  provider: string;
  model: string;
  startedAt: number;
  endedAt: number;
  status: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  costUsd: number | null;
}

/** The calls of a turn whose rows are still stored, in the order of their starts. */
export function callsOfTurn(db: Db, turn: number): CallRow[] {
  return sql(
    db,
    `SELECT id, provider, model, started_at AS startedAt, ended_at AS endedAt, status, input_tokens AS inputTokens,
       output_tokens AS outputTokens, cache_read_tokens AS cacheReadTokens, cache_write_tokens AS cacheWriteTokens,
       cost_usd AS costUsd FROM model_calls WHERE turn_id = ? ORDER BY started_at, id`,
  ).all(turn) as CallRow[];
}

/**
 * The usage that the gateway counted in a turn until now, including calls whose rows were pruned; null when it
 * reported none.
 */
export function countedUsage(db: Db, turn: number): UsageSum | null {
  const { calls, ...usage } = sql(
    db,
    `SELECT COUNT(*) AS calls, TOTAL(cost_usd IS NULL) AS unpricedCalls, TOTAL(input_tokens) AS inputTokens,
       TOTAL(output_tokens) AS outputTokens, TOTAL(cache_read_tokens) AS cacheReadTokens,
       TOTAL(cache_write_tokens) AS cacheWriteTokens, TOTAL(cost_usd) AS costUsd
     FROM model_calls WHERE turn_id = ?`,
  ).get(turn) as UsageSum & { calls: number };
  const stored = storedUsage(db, turn);
  if (stored === null) return calls === 0 ? null : usage;
  return addSums(stored, usage);
}

/**
 * Deletes single calls that ended before a time, oldest first and at most `limit`; their sums stay with their turn
 * (an agent's totals are stored separately). Returns the number deleted.
 */
export function pruneModelCalls(db: Db, { before, limit }: { before: number; limit: number }): number {
  const gone = sql(
    db,
    `DELETE FROM model_calls WHERE id IN (SELECT id FROM model_calls WHERE ended_at < ? ORDER BY ended_at LIMIT ?)
     RETURNING turn_id AS turn, input_tokens AS inputTokens, output_tokens AS outputTokens,
       cache_read_tokens AS cacheReadTokens, cache_write_tokens AS cacheWriteTokens,
       COALESCE(cost_usd, 0) AS costUsd, cost_usd IS NULL AS unpricedCalls`,
  ).all(before, limit) as (UsageSum & { turn: number | null })[];
  const sums = new Map<number, UsageSum>();
  for (const { turn, ...usage } of gone)
    if (turn !== null) sums.set(turn, addSums(sums.get(turn) ?? storedUsage(db, turn) ?? NOTHING_USED, usage));
  const store = sql(db, 'UPDATE turns SET counted = ? WHERE id = ?');
  for (const [turn, sum] of sums) store.run(JSON.stringify(sum), turn);
  return gone.length;
}

/** The sums of a turn's calls whose rows were pruned. */
function storedUsage(db: Db, turn: number): UsageSum | null {
  const stored = sql(db, 'SELECT counted FROM turns WHERE id = ?').pluck().get(turn) as string | null | undefined;
  return stored == null ? null : usageSum.parse(JSON.parse(stored));
}

/** The usage of a turn without a call. */
export const NOTHING_USED: UsageSum = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0,
  unpricedCalls: 0,
};

function addSums(a: UsageSum, b: UsageSum): UsageSum {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    costUsd: a.costUsd + b.costUsd,
    unpricedCalls: a.unpricedCalls + b.unpricedCalls,
  };
}
