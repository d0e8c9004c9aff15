import type { StatsGroup, StatsSum } from '../../../../../protocol/schemas/stats.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { sql, textPerKey } from '../../../../../store/statements.ts';

/** Sums of turns: a column of turn_days, its expression over turn_stats, and its name in answers. */
const SUMS: readonly (readonly [column: string, ofTurn: string, name: keyof StatsSum])[] = [
  ['turns', '1', 'turns'],
  ['done', "outcome = 'done'", 'done'],
  ['fresh', "choice = 'fresh'", 'fresh'],
  ['compacted', "choice = 'compact'", 'compacted'],
  ['messages', 'messages', 'messages'],
  ['waited_ms', 'waited_ms', 'waitedMs'],
  ['duration_ms', 'duration_ms', 'durationMs'],
  ['model_ms', 'model_ms', 'modelMs'],
  ['tools_ms', 'COALESCE(tools_ms, 0)', 'toolsMs'],
  ['tool_calls', 'tool_calls', 'toolCalls'],
  ['calls', 'calls', 'calls'],
  ['unpriced_calls', 'unpriced_calls', 'unpricedCalls'],
  ['input_tokens', 'input_tokens', 'inputTokens'],
  ['cache_read_tokens', 'cache_read_tokens', 'cacheReadTokens'],
  ['cache_write_5m_tokens', 'cache_write_5m_tokens', 'cacheWrite5mTokens'],
  ['cache_write_1h_tokens', 'cache_write_1h_tokens', 'cacheWrite1hTokens'],
  ['output_tokens', 'output_tokens', 'outputTokens'],
  ['reasoning_tokens', 'reasoning_tokens', 'reasoningTokens'],
  ['cost_usd', 'cost_usd', 'costUsd'],
];
const listed = (of: (sum: (typeof SUMS)[number]) => string) => SUMS.map(of).join(', ');

const CHANGE_DAY = textPerKey(
  ['+', '-'] as const,
  (sign) => `INSERT INTO turn_days (day, agent, ${listed(([column]) => column)})
    SELECT day, agent, ${listed(([, ofTurn]) => ofTurn)} FROM turn_stats WHERE turn_id = ?
    ON CONFLICT (day, agent) DO UPDATE SET ${listed(([column]) => `${column} = ${column} ${sign} excluded.${column}`)}`,
);

export function addToDay(db: Db, turn: number): void {
  sql(db, CHANGE_DAY['+']).run(turn);
}

/** Takes a turn, which its day contains, out of it: its figures are about to change. */
export function takeFromDay(db: Db, turn: number): void {
  sql(db, CHANGE_DAY['-']).run(turn);
}

const TOTALS = listed(([column, , name]) => `TOTAL(${column}) AS ${name}`);
const OF_TURNS = listed(([column, ofTurn]) => `${ofTurn} AS ${column}`);
const AGENT = '(@agent IS NULL OR agent = @agent)';
const SUM_BY: Record<StatsGroup, string> = {
  ...textPerKey(
    ['day', 'agent'] as const,
    (key) => `SELECT ${key} AS key, ${TOTALS} FROM (
      SELECT day, agent, ${listed(([column]) => column)} FROM turn_days WHERE day >= @from AND ${AGENT}
      UNION ALL SELECT day, agent, ${OF_TURNS} FROM turn_stats
        WHERE summed = 0 AND ended_at IS NOT NULL AND day >= @from AND ${AGENT}) GROUP BY ${key} ORDER BY ${key}`,
  ),
  ...textPerKey(
    ['outcome', 'choice', 'model'] as const,
    (key) => `SELECT COALESCE(${key}, '') AS key, ${TOTALS} FROM (SELECT outcome, choice, model, ${OF_TURNS}
      FROM turn_stats WHERE ended_at IS NOT NULL AND day >= @from AND ${AGENT}) GROUP BY ${key} ORDER BY ${key}`,
  ),
};

/** Sums of ended turns since a day, of one agent or of all (null), by `group`; by day and by agent for good. */
export function sumTurnStats(
  db: Db,
  want: { group: StatsGroup; agent: string | null; from: string },
): (StatsSum & { key: string })[] {
  return sql(db, SUM_BY[want.group]).all({ agent: want.agent, from: want.from }) as (StatsSum & { key: string })[];
}
