import { HiveError } from '../../protocol/errors.ts';
import type { dashboardSurface } from '../../protocol/operations/operator.ts';
import type { AgentView } from '../../protocol/schemas/agent.ts';
import type { BudgetView } from '../../protocol/schemas/budget.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { FakeMailParts } from './fake-mail.ts';

type MoneyName = 'setBudget' | 'removeBudget' | 'listBudgets' | 'listCosts' | 'listDailyCosts';

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
