import { sayBudget } from '../../../../protocol/budget-words.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { GatewayControl } from '../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../store/open-store.ts';
import { newestTurnAt } from '../turns/queries.ts';
import { appliesTo } from './policy/scope.ts';
import type { PresentWindows } from './present-windows.ts';
import { listStandings } from './standings.ts';
import { listBudgetRows, spentIn } from './store/budgets.ts';

/** hived's line to the gateway about budgets. */
export type BudgetsLine = Extract<GatewayControl, { type: 'budgets' }>;

/** The window of a budget per turn for calls before an agent's first turn, of all its agents. */
export const NO_TURN = 0;

/**
 * The gateway's view of every budget: one entry for each window that a call could count in now. A budget per turn
 * holds for an agent's newest turn until the next one begins: a program that a turn left in the box would call for free.
 * `endsAt` is when the first of these windows ends (epoch ms); null while none does.
 */
export function composeLine(
  db: Db,
  { windowNow, now }: { windowNow: PresentWindows; now: number },
): { budgets: BudgetsLine['budgets']; endsAt: number | null } {
  let endsAt: number | null = null;
  const rows = listBudgetRows(db);
  if (rows.length === 0) return { budgets: [], endsAt };
  const all = listStandings(db);
  const budgets = rows.flatMap((row): BudgetsLine['budgets'] => {
    const { id, unit, amount } = row;
    const agents = all.filter((who) => appliesTo(row.scope, who)).map(({ name }) => name as AgentName);
    const common = { id, unit, amount, words: `The budget of ${sayBudget(row)} is used up.` };
    if (row.per === 'turn')
      return agents.map((agent) => {
        const window = newestTurnAt(db, agent) ?? NO_TURN;
        return { ...common, window, agents: [agent], spent: spentIn(db, id, window) };
      });
    const { start, end } = windowNow(row.per, now);
    if (end !== null) endsAt = Math.min(end, endsAt ?? Infinity);
    const words = end === null ? common.words : `${common.words} It begins again at ${new Date(end).toISOString()}.`;
    return [{ ...common, words, window: start, agents, spent: spentIn(db, id, start) }];
  });
  return { budgets, endsAt };
}
