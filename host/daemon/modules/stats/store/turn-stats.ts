import { type SessionChoice, type SessionPlan, sessionPlan } from '../../../../../protocol/schemas/session.ts';
import type { UsageTotals } from '../../../../../protocol/schemas/agent.ts';
import type { UsageRecord } from '../../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql } from '../../../../../store/statements.ts';
import { addToDay, takeFromDay } from './turn-days.ts';

/** A turn begins. `day` is the date of its start in the hive's time zone; `waitedMs`: how long its oldest message waited. */
export function insertTurnStats(
  db: Db,
  begun: {
    turn: number;
    agent: string;
    driver: string;
    day: string;
    at: number;
    waitedMs: number;
    messages: number;
    plan: SessionPlan;
  },
): void {
  const { plan, ...turn } = begun;
  sql(
    db,
    `INSERT INTO turn_stats (turn_id, agent, driver, day, started_at, waited_ms, messages, choice, reason, session_id, plan)
     VALUES (@turn, @agent, @driver, @day, @at, @waitedMs, @messages, @choice, @reason, @sessionId, @plan)`,
  ).run({ ...turn, choice: plan.choice, reason: plan.reason, sessionId: plan.id, plan: JSON.stringify(plan) });
}

/**
 * The most that a turn's end or a call adds to one figure (counts, tokens, milliseconds of the model; and US dollars):
 * sums of millions of them are still safe integers, whatever a box or a gateway reports.
 */
const MOST = 1_000_000_000;
const MOST_USD = 1_000_000;
const capped = (value: number) => Math.min(value, MOST);
const cappedUsd = (value: number | null) => Math.min(value ?? 0, MOST_USD);

/**
 * A turn ends. What the CLI counted is used until the gateway has counted a call. The box's figures are reduced to what
 * is possible, never refused: no time is longer than the turn, and counts have a maximum.
 */
export function endTurnStats(
  db: Db,
  ended: {
    turn: number;
    at: number;
    outcome: string;
    durationMs: number | null;
    toolsMs: number | null;
    toolCalls: number;
    contextTokens: number | null;
    windowTokens: number | null;
    sessionId: string | null;
    usage: UsageTotals | null;
  },
): void {
  const { usage, ...end } = ended;
  const { toolCalls, contextTokens, windowTokens } = end;
  sql(
    db,
    `UPDATE turn_stats SET ended_at = @at, outcome = @outcome,
       duration_ms = MAX(0, MIN(COALESCE(@durationMs, @at - started_at), @at - started_at)),
       tools_ms = MAX(0, MIN(@toolsMs, @at - started_at)), tool_calls = @toolCalls, context_tokens = COALESCE(@contextTokens, context_tokens),
       window_tokens = @windowTokens, session_id = COALESCE(@sessionId, session_id), plan = NULL
     WHERE turn_id = @turn`,
  ).run({
    ...end,
    toolCalls: capped(toolCalls),
    contextTokens: contextTokens === null ? null : capped(contextTokens),
    windowTokens: windowTokens === null ? null : capped(windowTokens),
  });
  if (usage === null || isNothing(usage)) return;
  sql(
    db,
    `UPDATE turn_stats SET counted = 'cli', input_tokens = @inputTokens, cache_read_tokens = @cacheReadTokens,
       cache_write_5m_tokens = @cacheWriteTokens, output_tokens = @outputTokens, cost_usd = @costUsd
     WHERE turn_id = @turn AND counted = 'none'`,
  ).run({ turn: ended.turn, ...capUsage(usage) });
}

function capUsage(usage: UsageTotals): UsageTotals & { costUsd: number } {
  return {
    inputTokens: capped(usage.inputTokens),
    outputTokens: capped(usage.outputTokens),
    cacheReadTokens: capped(usage.cacheReadTokens),
    cacheWriteTokens: capped(usage.cacheWriteTokens),
    costUsd: cappedUsd(usage.costUsd),
  };
}

function isNothing({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: UsageTotals): boolean {
  return inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens === 0;
}

/**
 * Adds a call to its turn, and to its day if that contains the turn already. The newest answered call shows the
 * conversation's size, unless the CLI reported it. Figures are reduced to their maximum.
 */
export function addCallToTurn(db: Db, turn: number, call: UsageRecord): void {
  const before = sql(db, 'SELECT summed FROM turn_stats WHERE turn_id = ?').get(turn) as { summed: number } | undefined;
  if (before === undefined) return;
  if (before.summed === 1) takeFromDay(db, turn);
  sql(
    db,
    `UPDATE turn_stats SET calls = 0, input_tokens = 0, cache_read_tokens = 0, cache_write_5m_tokens = 0,
       output_tokens = 0, cost_usd = 0, counted = 'gateway' WHERE turn_id = ? AND counted <> 'gateway'`,
  ).run(turn);
  const usage = capUsage(call.usage);
  const hour = Math.min(call.cacheWrite1hTokens, usage.cacheWriteTokens);
  sql(
    db,
    `UPDATE turn_stats SET calls = calls + 1, unpriced_calls = unpriced_calls + @unpriced,
       input_tokens = input_tokens + @inputTokens, cache_read_tokens = cache_read_tokens + @cacheReadTokens,
       cache_write_5m_tokens = cache_write_5m_tokens + @short, cache_write_1h_tokens = cache_write_1h_tokens + @hour,
       output_tokens = output_tokens + @outputTokens, reasoning_tokens = reasoning_tokens + @reasoning,
       model_ms = model_ms + @modelMs, cost_usd = cost_usd + @usd WHERE turn_id = @turn`,
  ).run({
    turn,
    unpriced: call.usage.costUsd === null ? 1 : 0,
    inputTokens: usage.inputTokens,
    cacheReadTokens: usage.cacheReadTokens,
    short: usage.cacheWriteTokens - hour,
    hour,
    outputTokens: usage.outputTokens,
    reasoning: capped(call.reasoningTokens),
    modelMs: capped(Math.max(0, call.endedAt - call.startedAt)),
    usd: usage.costUsd,
  });
  const context = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
  if (call.status === 200 && context > 0)
    sql(
      db,
      `UPDATE turn_stats SET newest_call_at = @at, provider = @provider, model = @model,
         context_tokens = CASE WHEN ended_at IS NULL OR window_tokens IS NULL THEN @context ELSE context_tokens END
       WHERE turn_id = @turn AND newest_call_at <= @at`,
    ).run({ turn, at: call.startedAt, provider: call.provider, model: call.model, context });
  if (before.summed === 1) addToDay(db, turn);
}

/** One turn's figures. */
export interface TurnStatsRow {
  turn: number;
  agent: string;
  driver: string;
  startedAt: number;
  waitedMs: number;
  messages: number;
  choice: SessionChoice;
  reason: string;
  sessionId: string | null;
  endedAt: number | null;
  outcome: string | null;
  durationMs: number;
  modelMs: number;
  toolsMs: number | null;
  toolCalls: number;
  contextTokens: number | null;
  windowTokens: number | null;
  provider: string | null;
  model: string | null;
  counted: 'none' | 'cli' | 'gateway';
  calls: number;
  unpricedCalls: number;
  inputTokens: number;
  cacheReadTokens: number;
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  costUsd: number;
}

const COLUMNS = `turn_id AS turn, agent, driver, started_at AS startedAt, waited_ms AS waitedMs, messages, choice, reason,
  session_id AS sessionId, ended_at AS endedAt, outcome, duration_ms AS durationMs, model_ms AS modelMs,
  tools_ms AS toolsMs, tool_calls AS toolCalls, context_tokens AS contextTokens, window_tokens AS windowTokens, provider,
  model, counted, calls, unpriced_calls AS unpricedCalls, input_tokens AS inputTokens,
  cache_read_tokens AS cacheReadTokens, cache_write_5m_tokens AS cacheWrite5mTokens,
  cache_write_1h_tokens AS cacheWrite1hTokens, output_tokens AS outputTokens, reasoning_tokens AS reasoningTokens,
  cost_usd AS costUsd`;

const LIST = `SELECT ${COLUMNS} FROM turn_stats WHERE (@agent IS NULL OR agent = @agent) AND turn_id < @before
  ORDER BY turn_id DESC LIMIT @limit`;
const LIST_OF = `SELECT ${COLUMNS} FROM turn_stats WHERE agent = @agent AND turn_id < @before
  ORDER BY turn_id DESC LIMIT @limit`;
const LIST_WITH_MODEL = `SELECT ${COLUMNS} FROM turn_stats WHERE agent = @agent AND started_at >= @since
  AND ended_at IS NOT NULL AND (calls > 0 OR counted = 'cli') ORDER BY turn_id DESC LIMIT @limit`;
const FIND = `SELECT ${COLUMNS} FROM turn_stats WHERE turn_id = ?`;

/** Turns of an agent (null: of all), newest first. */
export function listTurnStats(db: Db, want: { agent: string | null; before: number; limit: number }): TurnStatsRow[] {
  return sql(db, want.agent === null ? LIST : LIST_OF).all(want) as TurnStatsRow[];
}

/**
 * Ended turns of an agent in which a model was used, newest first: not those of an earlier agent of its name, which
 * began before `since` (epoch ms). A turn of an outage or a limit used none: it neither warms the cache nor shows a
 * price.
 */
export function listTurnsWithModel(db: Db, want: { agent: string; since: number; limit: number }): TurnStatsRow[] {
  return sql(db, LIST_WITH_MODEL).all(want) as TurnStatsRow[];
}

export function findTurnStats(db: Db, turn: number): TurnStatsRow | null {
  return (sql(db, FIND).get(turn) as TurnStatsRow | undefined) ?? null;
}

/** The choice of a running turn's conversation, as its harness gets it; null for a turn of an older build. */
export function planOfTurn(db: Db, turn: number): SessionPlan | null {
  const plan = sql(db, 'SELECT plan FROM turn_stats WHERE turn_id = ?').pluck().get(turn) as string | null | undefined;
  return plan == null ? null : sessionPlan.parse(JSON.parse(plan));
}

/** Turns that ended before a time and are in no day's sum yet, the oldest first. */
export function unsummedTurns(db: Db, want: { before: number; limit: number }): number[] {
  return sql(db, 'SELECT turn_id FROM turn_stats WHERE summed = 0 AND ended_at < ? ORDER BY ended_at LIMIT ?')
    .pluck()
    .all(want.before, want.limit) as number[];
}

/** Adds a turn to its day. */
export function sumTurn(db: Db, turn: number): void {
  addToDay(db, turn);
  sql(db, 'UPDATE turn_stats SET summed = 1 WHERE turn_id = ?').run(turn);
}

/** Deletes turns that began before a time and are in their day's sums. Returns the number deleted. */
export function pruneTurnStats(db: Db, { before, limit }: { before: number; limit: number }): number {
  return sql(
    db,
    `DELETE FROM turn_stats WHERE turn_id IN
       (SELECT turn_id FROM turn_stats WHERE started_at < ? AND summed = 1 LIMIT ?)`,
  ).run(before, limit).changes;
}
