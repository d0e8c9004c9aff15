import type { CostGroup } from '../../../../../protocol/operations/money.ts';
import type { UsageSum } from '../../../../../protocol/schemas/agent.ts';
import type { UsageRecord } from '../../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../../store/open-store.ts';
import type { CountedDay } from '../policy/compare-bills.ts';
import type { Standing } from '../policy/scope.ts';
import type { Window } from '../policy/windows.ts';
import { sql, textPerKey } from '../../../../../store/statements.ts';

/** A quarter of an hour. */
export const SLOT_MS = 15 * 60_000;

/** Adds a call to the quarter of an hour in which it ended. */
export function addSpending(
  db: Db,
  call: Pick<UsageRecord, 'agent' | 'provider' | 'model' | 'endedAt' | 'usage' | 'estimated'>,
  { role, projects }: Pick<Standing, 'role' | 'projects'>,
): void {
  const { usage } = call;
  sql(
    db,
    `INSERT INTO spending (slot, agent, role, projects, provider, model, calls, unpriced_calls, input_tokens, output_tokens,
       cache_read_tokens, cache_write_tokens, cost_usd, estimated_calls)
     VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       calls = calls + 1, unpriced_calls = unpriced_calls + excluded.unpriced_calls,
       input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
       cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
       cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens, cost_usd = cost_usd + excluded.cost_usd,
       estimated_calls = estimated_calls + excluded.estimated_calls`,
  ).run(
    call.endedAt - (call.endedAt % SLOT_MS),
    call.agent,
    role,
    projects,
    call.provider,
    call.model,
    usage.costUsd === null ? 1 : 0,
    usage.inputTokens,
    usage.outputTokens,
    usage.cacheReadTokens,
    usage.cacheWriteTokens,
    usage.costUsd ?? 0,
    call.estimated ? 1 : 0,
  );
}

/** The sum of calls; `key` is what they have in common. */
export interface Spent {
  readonly key: string;
  readonly calls: number;
  readonly usage: UsageSum;
}

const SUMS = `TOTAL(calls) AS calls, TOTAL(unpriced_calls) AS unpricedCalls, TOTAL(input_tokens) AS inputTokens,
  TOTAL(output_tokens) AS outputTokens, TOTAL(cache_read_tokens) AS cacheReadTokens,
  TOTAL(cache_write_tokens) AS cacheWriteTokens, TOTAL(cost_usd) AS costUsd`;
type Group = Exclude<CostGroup, 'day'> | 'slot';
const GROUPS = ['agent', 'role', 'model', 'provider', 'project'] as const;
const columnOf = (group: Group) => (group === 'project' ? 'projects' : group);
const SPENT_BY = textPerKey<Group>(
  [...GROUPS, 'slot'],
  (group) =>
    `SELECT ${columnOf(group)} AS key, ${SUMS} FROM spending WHERE slot >= ? AND slot < ? GROUP BY ${columnOf(group)}`,
);

/** What was used in a window, by agent, role, model, provider or projects, or by quarter of an hour. */
export function spentBy(db: Db, group: Group, { start, end }: Window): Spent[] {
  const rows = sql(db, SPENT_BY[group]).all(start, end ?? Number.MAX_SAFE_INTEGER) as (UsageSum & {
    key: string | number;
    calls: number;
  })[];
  return rows.map(({ key, calls, ...usage }) => ({ key: String(key), calls, usage }));
}

/** What was used in one of several spans of time, by its index. */
interface SpentIn extends Spent {
  readonly span: number;
}

const SPENT_IN = textPerKey<Exclude<Group, 'slot'>>(
  GROUPS,
  (group) => `SELECT spans.key AS span, spending.${columnOf(group)} AS key, ${SUMS} FROM json_each(?) AS spans
    JOIN spending ON slot >= spans.value ->> 0 AND slot < spans.value ->> 1
    GROUP BY spans.key, spending.${columnOf(group)}`,
);

/** What was used in each span (from, until; epoch ms), by agent, role, model, provider or projects. */
export function spentInSpans(
  db: Db,
  group: Exclude<Group, 'slot'>,
  spans: readonly (readonly [from: number, until: number])[],
): SpentIn[] {
  const rows = sql(db, SPENT_IN[group]).all(JSON.stringify(spans)) as (UsageSum & {
    span: number;
    key: string;
    calls: number;
  })[];
  return rows.map(({ span, key, calls, ...usage }) => ({ span, key, calls, usage }));
}

/** The models that were called since a time, with who answered. */
export function calledModels(db: Db, since: number): { provider: string; model: string }[] {
  return sql(db, 'SELECT DISTINCT provider, model FROM spending WHERE slot >= ?').all(since) as {
    provider: string;
    model: string;
  }[];
}

const SPENT_BY_UTC_DAY = `SELECT date(slot / 1000, 'unixepoch') AS day, model,
  TOTAL(estimated_calls) AS estimatedCalls, ${SUMS} FROM spending
  WHERE slot >= ? AND provider = ? GROUP BY day, model ORDER BY day, model`;

/** What the calls that a provider answered used since a time, by day (UTC) and model. */
export function spentByUtcDay(db: Db, { provider, from }: { provider: string; from: number }): CountedDay[] {
  const rows = sql(db, SPENT_BY_UTC_DAY).all(from, provider) as (UsageSum & Omit<CountedDay, 'usage'>)[];
  return rows.map(({ day, model, estimatedCalls, calls, ...usage }) => ({ day, model, estimatedCalls, calls, usage }));
}

const SPENT_OF = `SELECT ${SUMS} FROM spending WHERE slot >= @start AND slot < @end
  AND (@agents IS NULL OR agent IN (SELECT value FROM json_each(@agents)))
  AND (@role IS NULL OR lower(role) = lower(@role))`;

/** What some agents (null: all) used in a window, in one role (null: any). */
export function spentOf(
  db: Db,
  of: { agents: readonly string[] | null; role: string | null; window: Window },
): Omit<Spent, 'key'> {
  const agents = of.agents === null ? null : JSON.stringify(of.agents);
  const { start, end } = of.window;
  const within = { role: of.role, agents, start, end: end ?? Number.MAX_SAFE_INTEGER };
  const { calls, ...usage } = sql(db, SPENT_OF).get(within) as UsageSum & { calls: number };
  return { calls, usage };
}

/** Deletes what is older than a time. Returns the number of rows. */
export function pruneSpending(db: Db, { before, limit }: { before: number; limit: number }): number {
  return sql(
    db,
    `DELETE FROM spending WHERE (slot, agent, role, projects, provider, model) IN
       (SELECT slot, agent, role, projects, provider, model FROM spending WHERE slot < ? LIMIT ?)`,
  ).run(before, limit).changes;
}
