import { HiveError } from '../../protocol/errors.ts';
import type { dashboardSurface } from '../../protocol/operations/operator.ts';
import type { AgentView } from '../../protocol/schemas/agent.ts';
import type { StatsSum } from '../../protocol/schemas/stats.ts';
import type { BudgetView } from '../../protocol/schemas/budget.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { FakeMailParts } from './fake-mail.ts';

type MoneyName = 'setBudget' | 'removeBudget' | 'listBudgets' | 'listCosts' | 'listDailyCosts' | 'sumTurnStats';

/** The fake hive's budgets and costs. */
export function handleMoney(hive: {
  budgets: BudgetView[];
  agents: AgentView[];
  emit: FakeMailParts['emit'];
}): Pick<Handlers<typeof dashboardSurface, null>, MoneyName> {
  const { budgets, agents, emit } = hive;
  const named = (scope: string) =>
    agents.filter(({ name }) => scope === 'hive' || name === scope).map(({ name }) => name);
  return {
    listBudgets: () => ({ budgets, timeZone: 'Europe/Berlin' }),
    setBudget: ({ scope, unit, per, amount }) => {
      if (scope !== 'hive' && !scope.startsWith('@') && named(scope).length === 0)
        throw new HiveError('unknown_agent', `There is no agent "${scope}" to set a budget for.`);
      const known = budgets.find((one) => one.scope === scope && one.unit === unit && one.per === per);
      const made = known ?? fakeBudget({ id: budgets.length + 1, scope, unit, per, agents: named(scope) });
      Object.assign(made, { amount, stopped: [] });
      if (known === undefined) budgets.push(made);
      emit(null, 'budget.changed', { id: made.id, scope, unit, per, amount, by: 'dashboard' });
      return { budget: made, replaced: known !== undefined };
    },
    removeBudget: ({ id }) => {
      const at = budgets.findIndex((one) => one.id === id);
      if (at !== -1) budgets.splice(at, 1);
      return { removed: at !== -1 };
    },
    listDailyCosts: ({ days, by }) => {
      // Each agent a share of each day, and a day without calls at the end of each week.
      const dates = Array.from({ length: days }, (_, day) =>
        new Date(Date.UTC(2026, 10, 28) - (days - 1 - day) * 86_400_000).toISOString().slice(0, 10),
      );
      const rows = agents.map(({ name, spec, usage }, index) => {
        const usd = dates.map((_, day) =>
          day % 7 === 6 ? 0 : (usage.costUsd * (1 + ((day * 7 + index * 3) % 5))) / 10,
        );
        const tokens = usd.map((value) => Math.round(value * 100_000));
        const calls = usd.map((value) => (value === 0 ? 0 : 3));
        return { key: by === 'role' ? spec.role : (name as string), usd, tokens, calls, unpriced: dates.map(() => 0) };
      });
      const used = rows.filter(({ usd }) => usd.some((value) => value > 0));
      return { timeZone: 'Europe/Berlin', days: dates, rows: used, others: null };
    },
    sumTurnStats: ({ days, name }) => {
      const dates = Array.from({ length: days }, (_, day) =>
        new Date(Date.UTC(2026, 10, 28) - (days - 1 - day) * 86_400_000).toISOString().slice(0, 10),
      );
      const known = name === undefined ? agents.length : agents.filter((one) => one.name === name).length;
      const rows = dates.map((key, day) => ({ key, ...fakeTurns(known * (day % 7)) })).filter(({ turns }) => turns > 0);
      return {
        timeZone: 'Europe/Berlin',
        days: dates,
        rows,
        total: fakeTurns(rows.reduce((n, { turns }) => n + turns, 0)),
      };
    },
    listCosts: ({ by }) => {
      const rows = agents
        .map(({ name, spec, usage, turns }) => ({ key: by === 'role' ? spec.role : name, calls: turns * 4, usage }))
        .toSorted((a, b) => b.usage.costUsd - a.usage.costUsd);
      const costUsd = rows.reduce((sum, { usage }) => sum + usage.costUsd, 0);
      const usage = {
        inputTokens: 9,
        outputTokens: 9,
        cacheReadTokens: 9,
        cacheWriteTokens: 9,
        costUsd,
        unpricedCalls: 0,
      };
      return { from: 1, timeZone: 'Europe/Berlin', rows, total: { calls: 99, usage } };
    },
  };
}

function fakeTurns(turns: number): StatsSum {
  return {
    turns,
    done: turns,
    fresh: 0,
    compacted: 0,
    messages: turns,
    waitedMs: turns * 100,
    durationMs: turns * 9_000,
    modelMs: turns * 6_000,
    toolsMs: turns * 2_000,
    toolCalls: turns * 2,
    calls: turns * 3,
    unpricedCalls: 0,
    costUsd: turns * 0.02,
    inputTokens: turns * 100,
    cacheReadTokens: turns * 8_000,
    cacheWrite5mTokens: turns * 1_500,
    cacheWrite1hTokens: 0,
    outputTokens: turns * 400,
    reasoningTokens: turns * 50,
  };
}

export function fakeBudget(given: Partial<Omit<BudgetView, 'scope'>> & { scope: string }): BudgetView {
  return {
    id: 1,
    unit: 'usd',
    per: 'day',
    amount: 1,
    spent: 0,
    from: null,
    until: null,
    agents: [],
    stopped: [],
    createdAt: 1,
    history: [],
    ...given,
  } as BudgetView;
}
