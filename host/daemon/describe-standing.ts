import type { AgentName } from '../../protocol/names.ts';
import type { Db } from '../../store/open-store.ts';
import type { AgentStanding } from './modules/agents/handlers.ts';
import type { AgentRow } from './modules/agents/queries.ts';
import { listAllowedHosts } from './modules/egress/resolve-rules.ts';
import { countMail } from './modules/mail/queries.ts';
import type { Money } from './modules/money/serve-money.ts';
import type { ProviderState } from './modules/providers/provider-state.ts';
import { listTurnStats } from './modules/stats/queries.ts';
import { schedulesOf, standingOf } from './modules/timers/queries.ts';

export interface StandingDeps {
  db: Db;
  money: Pick<Money, 'leftFor' | 'spentToday'>;
  quotas: { leftFor: (agent: AgentRow) => AgentStanding['budgets'] };
  providers: Pick<ProviderState, 'modelOf'>;
}

/** What modules beside that of the agents know of one: for its tool `status`. */
export function describeStanding(agent: AgentRow, deps: StandingDeps): AgentStanding {
  const { db, money, quotas, providers } = deps;
  const { name } = agent;
  const { entries, provider, model } = providers.modelOf(agent.spec);
  const reminders = standingOf(db, name);
  const schedules = schedulesOf(db, name);
  return {
    budgets: [...money.leftFor(name), ...quotas.leftFor(agent)],
    hosts: listAllowedHosts(db, agent),
    models: (entries.length === 0 ? [{ provider, model }] : entries).map((one) => `${one.provider}/${one.model}`),
    spent_today: sayTotals(money.spentToday(name)),
    reminders: { standing: reminders.length, next: sayTime(reminders[0]?.dueAt) },
    schedules: { standing: schedules.length, next: sayTime(schedules[0]?.nextAt) },
    unread: countMail(db, name).queued,
    context: contextOf(db, agent),
  };
}

function sayTotals({ calls, usage }: ReturnType<Money['spentToday']>): AgentStanding['spent_today'] {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd, unpricedCalls } = usage;
  return {
    calls,
    tokens: inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens,
    usd: Math.round(costUsd * 10_000) / 10_000,
    unpriced_calls: unpricedCalls,
  };
}

/** Of the last turn that ended; none of an earlier agent of this name. */
function contextOf(db: Db, { name, createdAt }: AgentRow): AgentStanding['context'] {
  const newest = listTurnStats(db, { agent: name as AgentName, before: Number.MAX_SAFE_INTEGER, limit: 2 });
  const ended = newest.find(({ endedAt, startedAt }) => endedAt !== null && startedAt >= createdAt);
  return { tokens: ended?.contextTokens ?? null, window: ended?.windowTokens ?? null };
}

function sayTime(at: number | null | undefined): string | null {
  return at == null ? null : new Date(at).toISOString();
}
