import type { AgentName } from '../../../../protocol/names.ts';
import type { BudgetView } from '../../../../protocol/schemas/budget.ts';
import type { Db } from '../../../../store/open-store.ts';
import { listOpenTurns } from '../turns/queries.ts';
import { appliesTo } from './policy/scope.ts';
import type { PresentWindows } from './present-windows.ts';
import { listStandings } from './standings.ts';
import { type BudgetRow, spentIn, windowsBefore } from './store/budgets.ts';

/** The windows of the past that are shown with a budget. */
const SHOWN_WINDOWS = 30;

/** A budget with what is used of it now and before. `stoppedBy` says which budget stopped an agent, if one did. */
export function viewBudget(
  db: Db,
  row: BudgetRow,
  of: {
    windowNow: PresentWindows;
    stoppedBy: (name: AgentName) => number | undefined;
    all?: ReturnType<typeof listStandings>;
  },
): BudgetView {
  const { windowNow, all = listStandings(db) } = of;
  const agents = all.filter((who) => appliesTo(row.scope, who)).map(({ name }) => name as AgentName);
  const stopped = agents.filter((name) => of.stoppedBy(name) === row.id);
  if (row.per === 'turn') {
    const turns = listOpenTurns(db).filter(({ agent }) => agents.includes(agent as AgentName));
    const spent = Math.max(0, ...turns.map((turn) => spentIn(db, row.id, turn.id)));
    return { ...row, spent, from: null, until: null, agents, stopped, history: [] };
  }
  const { start, end } = windowNow(row.per);
  const history = windowsBefore(db, { budget: row.id, window: start, limit: SHOWN_WINDOWS });
  const from = row.per === 'total' ? row.createdAt : start;
  return { ...row, spent: spentIn(db, row.id, start), from, until: end, agents, stopped, history };
}
